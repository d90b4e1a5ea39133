import { describe, expect, it } from 'vitest'
import {
  type Config,
  type FedRecord,
  type Result,
  type Run,
  run,
  type Stream,
  type StreamConfig,
} from '../../core/index.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../core/testing/index.ts'
import { sizes, transactions } from '../../plugins/index.ts'

function load(config: Config, fake: FakeDriverOptions = {}): Promise<Result> {
  const quiet: Config = { rate: 'fed', warmup: 0, duration: 2, consumers: 0, ...config }
  return run({ ...quiet, plugins: [fakeDriver(fake), ...(config.plugins ?? [])] }, { clock: virtualClock })
}
const only = (r: Result) => r.streams['default']!

/** Gives so many records a second, from t0 on; `answers` are those of feed. */
function feeder(perSecond: number, make: (i: number, now: number) => Partial<FedRecord> = () => ({})) {
  const answers: boolean[] = []
  const plugin = {
    name: 'feeds',
    stream(stream: Stream, r: Run) {
      if (r.role !== 'worker') return
      let i = 0
      const next = () => {
        const now = r.now()
        answers.push(
          stream.feed({ key: `k${i}`, value: Buffer.from(`value ${i}`), at: now, ...make(i, now) }),
        )
        i++
        r.at(now + 1e6 / perSecond, next)
      }
      r.hooks.start.tap(() => r.at(0, next))
    },
  }
  return { plugin, answers }
}

describe('a stream that is fed', () => {
  it('sends what it is given, counted from the instant that each record has', async () => {
    const seen: { index: number; key: unknown; producer: number; scheduledAt: number }[] = []
    const { plugin, answers } = feeder(100, (_, now) => ({ at: Math.max(0, now - 5000) }))
    const result = await load(
      { producers: 2, plugins: [plugin] },
      {
        onRecord: ({ index, key, producer, scheduledAt }) => seen.push({ index, key, producer, scheduledAt }),
      },
    )
    const { phases, identity } = only(result)
    expect(identity.holds).toBe(true)
    const sent = answers.filter(Boolean).length
    expect(sent).toBeGreaterThanOrEqual(199)
    expect(phases.measure.counts).toMatchObject({ scheduled: sent, acked: sent, pending: 0 })
    // the n-th of producer p is n · P + p, in turn
    expect(seen.map(each => each.index)).toEqual(seen.map((_, i) => i))
    expect(seen.map(each => each.producer)).toEqual(seen.map((_, i) => i % 2))
    expect(seen[10]).toMatchObject({ key: 'k10', scheduledAt: expect.closeTo(95_000, -4) })
    expect(phases.measure.latency['response']!.acked.p50).toBeGreaterThanOrEqual(5990)
    expect(phases.measure.latency['schedulingLag']!.acked.p50).toBeGreaterThanOrEqual(4990)
    expect(result.value('offered.rate')).toBeCloseTo(100, -1)
    expect(result.exitCode).toBe(0)
  })

  it('has what is fed in the drain in its account and in no rate', async () => {
    const late = {
      name: 'late',
      stream(stream: Stream, r: Run) {
        if (r.role !== 'worker') return
        const give = () => void stream.feed({ key: 'k', value: Buffer.from('v'), at: Math.max(0, r.now()) })
        r.hooks.start.tap(() => {
          for (let i = 0; i < 100; i++) r.at(1e6 + i * 1e4, give)
        })
        r.hooks.drain.tap(async () => {
          for (let i = 0; i < 100; i++) give()
        })
      },
    }
    const result = await load({ plugins: [late] })
    expect(only(result).phases.measure.counts).toMatchObject({ scheduled: 200, acked: 200, pending: 0 })
    expect(only(result).identity.holds).toBe(true)
    expect(result.value('offered.rate')).toBe(50)
    expect(result.value('achieved.rate')).toBeCloseTo(50, -1)
    expect(result.verdict.limit).toBe('none')
  })

  it('has the value as it was given, and the stamp in a header', async () => {
    const values: string[] = []
    const reads = {
      name: 'reads',
      stream: (s: Stream) =>
        s.hooks.onRecord.tap(r => {
          if (r.own) values.push(`${r.index} ${r.key()} ${r.value()}`)
        }),
    }
    const long = 'x'.repeat(100)
    const { plugin } = feeder(10, i => (i === 3 ? { value: Buffer.from(long) } : {}))
    const result = await load({ consumers: 1, plugins: [plugin, reads] }, { log: true })
    expect(values.sort().slice(0, 3)).toEqual(['0 k0 value 0', '1 k1 value 1', '10 k10 value 10'])
    expect(values).toContain(`3 k3 ${long}`)
    expect(only(result).phases.measure.latency['endToEnd']!.acked.count).toBe(values.length)
    expect(only(result).phases.measure.counts.consumed).toBe(values.length)
  })

  it('fires what makes a record, with its key to begin with', async () => {
    const seen: unknown[] = []
    const hooks = {
      name: 'hooks',
      stream(s: Stream) {
        s.hooks.keyFor.tap(key => `${String(key)}!`)
        s.hooks.partitionFor.tap(draft => draft.index % 2)
        s.hooks.beforeSend.tap(draft => {
          draft.setHeader('h', 'of the hook')
          seen.push([draft.headers.name(0), draft.size])
          return draft.index === 4 ? false : undefined
        })
      },
    }
    const records: unknown[] = []
    const { plugin } = feeder(10, i => ({
      value: i === 2 ? null : Buffer.from('abc'),
      headers: [['g', Buffer.from('given')]],
    }))
    const result = await load(
      { plugins: [plugin, hooks] },
      { onRecord: ({ key, partition, size }) => records.push([key, partition, size]) },
    )
    expect(records.slice(0, 4)).toEqual([
      ['k0!', 0, 3],
      ['k1!', 1, 3],
      ['k2!', 0, -1],
      ['k3!', 1, 3],
    ])
    expect(seen.slice(0, 2)).toEqual([
      ['g', 3],
      ['g', 3],
    ])
    expect(only(result).phases.measure.counts.dropped['plugin']).toBe(1)
    expect(only(result).identity.holds).toBe(true)
  })

  it('drops what there is no room for, and says so', async () => {
    const { plugin, answers } = feeder(1000)
    const result = await load({ plugins: [plugin] }, { capacity: 10, delayUs: 100_000 })
    const { counts } = only(result).phases.measure
    expect(counts.dropped['backlog']).toBeGreaterThan(1000)
    expect(only(result).identity.holds).toBe(true)
    expect(answers.filter(Boolean)).toHaveLength(counts.acked)
  })

  it('says whether there is room, from t0 on', async () => {
    const rooms: [number, boolean][] = []
    const asks = {
      name: 'asks',
      stream(stream: Stream, r: Run) {
        if (r.role !== 'worker') return
        r.hooks.start.tap(() => {
          for (const at of [-100_000, 100_000, 3e6]) r.at(at, () => rooms.push([at, stream.room()]))
          r.at(500_000, () => stream.feed({ key: null, value: null, at: 500_000 }))
        })
      },
    }
    await load({ plugins: [asks] }, { delayUs: 2e6 })
    expect(rooms).toEqual(
      [
        [-100_000, false],
        [100_000, true],
        [3e6, false],
      ].slice(0, rooms.length),
    )
    expect(rooms.length).toBeGreaterThanOrEqual(2)
  })

  it('commits offsets with the transactions of its records', async () => {
    const ends: unknown[] = []
    const consumes = {
      name: 'consumes',
      stream(stream: Stream, r: Run) {
        if (r.role !== 'worker') return
        let at = 0
        r.hooks.setup.tap(async () => {
          const member = await (await r.client()).consumer({ group: 'g' })
          const next = () => {
            const consumed = { topic: 'in', partition: at % 2, offset: 10 + at, member }
            stream.feed({ key: null, value: Buffer.from('x'), at: r.now(), consumed })
            at++
            if (at < 20) r.at(r.now() + 10_000, next)
          }
          r.at(0, next)
        })
      },
    }
    await load(
      { plugins: [consumes, transactions({ records: 10 })] },
      { onEnd: ({ ended, offsets }) => ends.push([ended, offsets]) },
    )
    const of = (first: number, second: number) => [
      { topic: 'in', partition: 0, offset: first },
      { topic: 'in', partition: 1, offset: second },
    ]
    expect(ends).toEqual([
      ['committed', of(19, 20)],
      ['committed', of(29, 30)],
    ])
  })

  it('is not one that nobody feeds', async () => {
    const result = await load({})
    expect(result.exitCode).toBe(5)
    expect(result.verdict.reasons[0]!.detail).toContain('no plugin fed it a record')
  })
})

describe('a topic that is fed, and written on a schedule too', () => {
  /** What a reader of the topic saw; `value` makes what is given from the first scheduled record's. */
  async function shared(streams: Record<string, StreamConfig>, value: (first: Buffer) => Buffer) {
    const seen: { own: boolean; stamped: boolean; index: number; bytes: number }[] = []
    let first: Buffer | undefined
    const reads = {
      name: 'reads',
      stream: (s: Stream) =>
        s.hooks.onRecord.tap(r => {
          const bytes = r.value() ?? Buffer.alloc(0)
          if (bytes.length === 100) first ??= bytes
          seen.push({ own: r.own, stamped: r.stamped, index: r.index, bytes: bytes.length })
        }),
    }
    const feeds = feeder(50, () => ({ value: value(first ?? Buffer.alloc(0)) })).plugin
    const result = await load(
      {
        streams: {
          ...streams,
          paced: { rate: 100, size: 100, topic: 'both', consumers: 1, plugins: [reads], ...streams['paced'] },
          given: { rate: 'fed', topic: 'both', plugins: [feeds], ...streams['given'] },
        },
      },
      { log: true },
    )
    const phase = (name: string) => result.streams[name]!.phases.measure
    return { seen, phase, counts: (name: string) => phase(name).counts }
  }

  it.each(['auto', 'header', 'value'] as const)('each has its own stamp, where that is %s', async stamp => {
    const { seen, phase, counts } = await shared({ paced: { stamp } }, () => Buffer.from('given'))
    const all = counts('paced').acked + counts('given').acked
    expect(counts('paced').acked).toBe(200)
    expect(seen).toHaveLength(all)
    expect(seen.filter(each => !each.own)).toEqual([])
    expect([counts('paced').consumed, phase('paced').foreign]).toEqual([all, 0])
    expect(phase('paced').latency['endToEnd']!.acked.count).toBe(all)
  })

  it('a stamp that came with a value is not the record’s own', async () => {
    // a later copy of a scheduled record: its stamp names a stream of this run that writes to this topic
    const { seen, phase, counts } = await shared({}, first => Buffer.concat([first, Buffer.from('!')]))
    const given = seen.filter(each => each.bytes !== 100)
    expect(given.map(each => each.index).sort((a, b) => a - b)).toEqual(given.map((_, i) => i))
    expect(given).toHaveLength(counts('given').acked)
    expect(seen.filter(each => !each.own)).toEqual([])
    // counted from their own instants: a copy of an old record is as new as it was given
    expect(phase('paced').latency['endToEnd']!.acked.max).toBeLessThan(20_000)
  })

  it('without a stamp of its own a copy from elsewhere is foreign', async () => {
    let copied: Buffer = Buffer.alloc(0)
    const copies = {
      name: 'copies',
      stream: (s: Stream) => s.hooks.onRecord.tap(r => void (copied = r.value() ?? copied)),
    }
    const elsewhere: StreamConfig = { rate: 10, topic: 'elsewhere', consumers: 1, plugins: [copies] }
    const { seen, phase, counts } = await shared({ elsewhere, given: { stamp: 'off' } }, () =>
      Buffer.concat([copied, Buffer.from('!')]),
    )
    const given = seen.filter(each => each.bytes !== 100)
    expect(given).toHaveLength(counts('given').acked)
    expect(given.filter(each => each.own || each.stamped)).toEqual([])
    expect(seen.filter(each => each.own)).toHaveLength(200)
    expect(phase('paced').foreign).toBe(given.length)
  })
})

describe('headers that are given', () => {
  const B = (text: string) => Buffer.from(text)
  const listed = (seen: unknown[]) => ({
    name: 'lists',
    stream: (s: Stream) =>
      s.hooks.beforeSend.tap(({ headers }) => {
        seen.push(
          Array.from({ length: headers.count }, (_, i) => [headers.name(i), headers.value(i)?.toString()]),
        )
      }),
  })
  const headers = [
    ['a', B('1')],
    ['none', null],
    ['a', B('2')],
    ['b', 'x'],
    ['a', null],
  ] as const

  it('are all there, in their order: of one name as often as it comes, and without a value', async () => {
    const seen: unknown[] = []
    const { plugin } = feeder(10, () => ({ headers }))
    await load({ plugins: [plugin, listed(seen)] })
    expect(seen[3]).toEqual([
      ['a', '1'],
      ['none', undefined],
      ['a', '2'],
      ['b', 'x'],
      ['a', undefined],
    ])
  })

  it('of a name that a plugin sets are replaced, each of them', async () => {
    const seen: unknown[] = []
    const sets = {
      name: 'sets',
      stream: (s: Stream) =>
        s.hooks.beforeSend.tap(draft => {
          draft.setHeader('a', 'of the plugin')
          draft.setHeader('c', 'new')
        }),
    }
    const { plugin } = feeder(10, () => ({ headers }))
    await load({ plugins: [plugin, sets, listed(seen)] })
    expect(seen.slice(3, 5)).toEqual(
      Array(2).fill([
        ['a', 'of the plugin'],
        ['none', undefined],
        ['b', 'x'],
        ['c', 'new'],
      ]),
    )
  })
})

describe('what cannot be', () => {
  it('a stamp in values that are given', async () => {
    await expect(load({ stamp: 'value' })).rejects.toThrow(
      "stamp is \"value\": expected 'auto', 'header' or 'off', since rate is 'fed'",
    )
  })
  it('a plugin that decides what is in them', async () => {
    await expect(load({ plugins: [sizes.uniform({ min: 1, max: 2 })] })).rejects.toThrow(
      "sizes.uniform: expected to be left out, since rate is 'fed': it decides when records are due",
    )
  })
  it('feeding a stream that has a schedule', async () => {
    const { plugin } = feeder(10)
    const result = await load({ rate: 10, plugins: [plugin] })
    expect(result.exitCode).toBe(70)
    expect(result.verdict.reasons.map(each => each.detail).join()).toContain(
      "plugin feeds failed in at: stream default is not fed: that needs rate 'fed'",
    )
  })
  it("another worker's producer", async () => {
    const { plugin } = feeder(10, () => ({ producer: 3 }))
    const result = await load({ producers: 2, plugins: [plugin] })
    expect(result.exitCode).toBe(70)
    expect(result.verdict.reasons.map(each => each.detail).join()).toContain(
      "producer 3 is none of this worker's: 0, 1",
    )
  })
  it('consumed offsets without transactions', async () => {
    const { plugin } = feeder(10, () => ({
      consumed: { topic: 't', partition: 0, offset: 0, member: {} as never },
    }))
    const result = await load({ plugins: [plugin] })
    expect(result.exitCode).toBe(70)
    expect(only(result).phases.measure.counts.dropped['error']).toBeGreaterThan(0)
    expect(only(result).identity.holds).toBe(true)
  })
})
