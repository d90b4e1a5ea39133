import { describe, expect, it } from 'vitest'
import type { Producer } from '../../core/driver.ts'
import { createStreamHooks } from '../../core/hooks.ts'
import type { Acks, OpenTransaction, Result, Run, RunEvent, Stream } from '../../core/index.ts'
import { type Config, run } from '../../core/index.ts'
import { PooledDraft } from '../../core/record.ts'
import { createClock, type FakeDriverOptions, fakeDriver, virtualClock } from '../../core/testing/index.ts'
import { TransactionalProducer } from '../../core/transaction.ts'

type Transaction = Extract<RunEvent, { kind: 'transaction' }>

/** A run in the calling thread on the fake driver, in virtual time; what became of its transactions beside it. */
async function load(config: Config, fake: FakeDriverOptions = {}) {
  const events: Transaction[] = []
  const acked = new Map<string, number>()
  const ends: Parameters<NonNullable<FakeDriverOptions['onEnd']>>[0][] = []
  const watch = {
    name: 'watch',
    stream(stream: Stream) {
      stream.hooks.onEvent.tap(event => {
        if (event.kind === 'transaction') events.push(event)
      })
      stream.hooks.onAck.tap(({ state, producer, transaction, count }: Acks) => {
        const name = `${producer} ${transaction}`
        if (state === 'acked') acked.set(name, (acked.get(name) ?? 0) + count)
      })
    },
  }
  const driver = fakeDriver({ onEnd: end => ends.push(end), ...fake })
  const quiet = { warmup: 0, consumers: 0, ...config }
  const result = await run(
    { ...quiet, plugins: [driver, watch, ...(config.plugins ?? [])] },
    { clock: virtualClock },
  )
  return { result, events, acked, ends }
}
const only = (r: Result) => r.streams['default']!
const measured = (r: Result) => only(r).phases.measure
/** Ends a transaction with its n-th record. */
const every = (n: number, how: 'commit' | 'abort' = 'commit') => ({
  name: 'every',
  stream: (stream: Stream) =>
    stream.hooks.endTransaction.tap(open => (open.records + 1 >= n ? how : undefined)),
})
const stopping = (at: number) => ({
  name: 'enough',
  register(r: Run) {
    if (r.role === 'worker') r.hooks.start.tap(() => r.at(at * 1e6, () => r.abort('seen enough')))
  },
})

describe('a stream whose endTransaction is tapped', () => {
  it('sends all of its records in transactions, each ended with the record that a tap chose', async () => {
    const { result, events, acked, ends } = await load({
      rate: 1000,
      duration: 4,
      producers: 3,
      plugins: [every(10)],
    })
    expect(only(result).identity.holds).toBe(true)
    expect(measured(result).counts.acked).toBe(4000)
    // 4000 records of three producers in tens: 133 each, and a rest that is committed at the end of the run
    expect(ends).toHaveLength(402)
    expect(ends.every(({ how, ended }) => how === 'commit' && ended === 'committed')).toBe(true)
    expect([...acked.values()].filter(n => n !== 10).sort()).toEqual([3, 3, 4])
    for (const producer of [0, 1, 2]) {
      const own = events.filter(each => each.producer === producer)
      expect(own.map(each => `${each.transaction} ${each.step}`)).toEqual(
        Array.from({ length: 134 }, (_, n) => [`${n} begin`, `${n} committed`]).flat(),
      )
    }
  })

  it('is told of the open transaction without the record in question', async () => {
    const seen: string[] = []
    const objects = new Set<OpenTransaction>()
    await load({
      rate: 10,
      duration: 1,
      size: 60,
      plugins: [
        {
          name: 'looks',
          stream: stream =>
            stream.hooks.endTransaction.tap((open, draft) => {
              objects.add(open)
              seen.push(`${open.number}: ${open.records} ${open.bytes}, ${draft.index}`)
              return draft.index % 4 === 3 ? 'commit' : undefined
            }),
        },
      ],
    })
    expect(seen.slice(0, 6)).toEqual([
      '0: 0 0, 0',
      '0: 1 60, 1',
      '0: 2 120, 2',
      '0: 3 180, 3',
      '1: 0 0, 4',
      '1: 1 60, 5',
    ])
    expect(objects.size).toBe(3)
  })

  it('may end a transaction from a timer, when there is no record', async () => {
    const timed = {
      name: 'timed',
      stream(stream: Stream, r: Run) {
        stream.hooks.endTransaction.tap(open => {
          if (open.records === 0) r.at(open.openedAt + 100_000, () => open.end('abort'))
          return undefined
        })
      },
    }
    const { result, events } = await load({ rate: 1, duration: 3, plugins: [timed] })
    // there is nothing to wait for after the last record: its transaction is committed at once
    expect(events.map(each => each.step)).toEqual([
      'begin',
      'aborted',
      'begin',
      'aborted',
      'begin',
      'committed',
    ])
    const [begin, end] = events
    expect(end!.at - begin!.at).toBeLessThan(110_000)
    expect(only(result).identity.holds).toBe(true)
  })

  it('does not end a transaction twice', async () => {
    const twice = {
      name: 'twice',
      stream: (stream: Stream) =>
        stream.hooks.endTransaction.tap(open => {
          open.end('commit')
          return open.records === 4 ? 'abort' : undefined
        }),
    }
    const { result, ends } = await load({ rate: 1000, duration: 1, plugins: [twice] })
    expect(ends.length).toBeGreaterThan(10)
    expect(only(result).identity.holds).toBe(true)
    expect(result.exitCode).toBe(0)
  })

  it('has its producers’ transactions in stamps', async () => {
    const found = new Map<number, number>()
    await load(
      {
        rate: 100,
        duration: 1,
        consumers: 1,
        plugins: [
          every(10),
          {
            name: 'reads',
            stream: s =>
              s.hooks.onRecord.tap(r => void found.set(r.transaction, (found.get(r.transaction) ?? 0) + 1)),
          },
        ],
      },
      { log: true },
    )
    expect([...found]).toEqual(Array.from({ length: 10 }, (_, n) => [n, 10]))
  })
})

describe('while a transaction ends', () => {
  const slow = { endUs: (n: number) => (n === 20 ? 500_000 : 1000) }

  it('what becomes due waits: its response time counts the wait, the generator’s lag does not', async () => {
    const { result } = await load({ rate: 1000, duration: 3, plugins: [every(10)] }, slow)
    expect(only(result).identity.holds).toBe(true)
    expect(measured(result).counts.acked).toBe(3000)
    const { response, schedulingLag } = measured(result).latency
    expect(response!.acked.max).toBeGreaterThan(490_000)
    // half a second of 3 had to wait: S − (1 − q)·D
    expect(Math.abs((result.value('response.p99') as number) / 470_000 - 1)).toBeLessThan(0.03)
    expect(schedulingLag!.acked.max).toBeLessThan(5000)
  })

  it('tells the hook since when the producer takes records again', async () => {
    const waited: number[] = []
    const waits = {
      name: 'waits',
      stream: (stream: Stream) =>
        stream.hooks.endTransaction.tap((open, draft) => {
          if (open.freeAt > draft.scheduledAt) waited.push(open.freeAt - draft.scheduledAt)
          return undefined
        }),
    }
    await load({ rate: 1000, duration: 3, plugins: [waits, every(10)] }, slow)
    const long = waited.filter(us => us > 10_000)
    expect(Math.max(...long)).toBeGreaterThan(490_000)
    expect(long.length).toBeGreaterThan(450)
    // and what came while all that was caught up with, transaction by transaction
    expect(long.length).toBeLessThan(800)
  })

  it('no other producer waits', async () => {
    const worst = [0, 0]
    const sees = {
      name: 'sees',
      stream: (stream: Stream) =>
        stream.hooks.onAck.tap(acks => {
          const { producer, ackedAt, scheduledAt } = acks
          worst[producer] = Math.max(worst[producer]!, ackedAt - scheduledAt[0]!)
        }),
    }
    const { result } = await load(
      { rate: 1000, duration: 2, producers: 2, plugins: [sees, every(10)] },
      // a record of producer 0 is answered late, and its transaction ends as late
      { delayUs: i => (i === 400 ? 700_000 : 1000) },
    )
    expect(worst[0]).toBeGreaterThan(690_000)
    expect(worst[1]).toBeLessThan(20_000)
    expect(only(result).identity.holds).toBe(true)
  })

  it('a stop drops what waits, and the account closes', async () => {
    const { result } = await load(
      { rate: 1000, duration: 10, producers: 2, plugins: [every(10), stopping(2)] },
      { endUs: n => (n === 50 ? 4e6 : 1000) },
    )
    const { counts } = measured(result)
    expect(only(result).identity.holds).toBe(true)
    expect(counts.dropped['abort']).toBeGreaterThan(800)
    expect(counts.acked + counts.dropped['abort']!).toBe(counts.scheduled)
  })

  it('nothing waits for longer than it would in the driver', async () => {
    const { result } = await load(
      { rate: 1000, duration: 5, plugins: [every(10)], producer: { deliveryTimeout: '1s' } },
      { endUs: n => (n === 20 ? 3e6 : 1000) },
    )
    const { counts } = measured(result)
    expect(only(result).identity.holds).toBe(true)
    expect(counts.dropped['backlog']).toBeGreaterThan(1950)
    expect(counts.dropped['backlog']).toBeLessThan(2050)
    expect(counts.acked + counts.dropped['backlog']!).toBe(5000)
  })

  it('a closed run waits too', async () => {
    const { result, ends } = await load(
      { rate: 'max', duration: 1, producers: 2, plugins: [every(20)] },
      { capacity: 50, delayUs: 2000, endUs: 8000 },
    )
    expect(only(result).identity.holds).toBe(true)
    // 10 ms and the turn of the pacer: no more than a hundred ends of each producer
    expect(ends.length).toBeGreaterThan(120)
    expect(ends.length).toBeLessThanOrEqual(202)
    expect(measured(result).counts.acked).toBe(only(result).phases.measure.counts.scheduled)
  })
})

describe('a producer that is fenced', () => {
  const fencing = (at: number) => ({
    name: 'fences',
    stream(stream: Stream, r: Run) {
      let last: OpenTransaction | undefined
      stream.hooks.endTransaction.tap(open => {
        last = open
        return undefined
      })
      if (r.role === 'worker') r.hooks.start.tap(() => r.at(at * 1e6, () => last?.fence()))
    },
  })

  it('is replaced by the one that took its id; its transaction is lost, and no other', async () => {
    const { result, events, acked } = await load({
      rate: 1000,
      duration: 3,
      plugins: [fencing(1.55), every(100)],
    })
    expect(only(result).identity.holds).toBe(true)
    const steps = events.filter(each => each.step !== 'begin').map(each => each.step)
    expect(steps.filter(step => step === 'fenced')).toHaveLength(1)
    expect(steps.filter(step => step === 'committed')).toHaveLength(steps.length - 1)
    expect(events.filter(each => each.step === 'begin').map(each => each.transaction)).toEqual(
      steps.map((_, n) => n),
    )
    const { counts } = measured(result)
    expect(counts.failed).toBeGreaterThan(0)
    expect(counts.failed).toBeLessThan(100)
    expect(counts.acked + counts.failed).toBe(3000)
    expect([...acked.values()].reduce((a, b) => a + b, 0)).toBe(counts.acked)
    // it is out of the ordinary, so it is kept; begins and commits are not
    expect(result.events.filter(each => each.kind === 'transaction')).toMatchObject([{ step: 'fenced' }])
  })

  it('is replaced too when somebody else has fenced it', async () => {
    const { result, events } = await load(
      { rate: 1000, duration: 2, plugins: [every(100)] },
      { ends: n => (n === 5 ? 'fenced' : 'committed') },
    )
    expect(only(result).identity.holds).toBe(true)
    expect(measured(result).counts.acked).toBe(2000)
    expect(events.map(each => each.transaction)).toEqual(Array.from({ length: 20 }, (_, n) => [n, n]).flat())
  })
})

describe('a producer that cannot be replaced', () => {
  /** One that is fenced at once; the n-th after it opens, or none. */
  async function fenced(opens: number, endUs: number) {
    const clock = createClock()
    const hooks = createStreamHooks()
    hooks.endTransaction.tap('test', () => 'commit')
    const events: RunEvent[] = []
    let tries = 0
    const end = Promise.withResolvers<void>()
    const stub = (ended: 'fenced' | 'committed'): Producer => ({
      room: () => true,
      append: () => undefined,
      held: () => undefined,
      partitions: () => 1,
      begin: () => undefined,
      end: async () => ended,
      flush: async () => undefined,
      close: async () => undefined,
    })
    const producer = await TransactionalProducer.open({
      ...{
        id: 0,
        clock,
        endUs,
        hook: hooks.endTransaction,
        now: () => clock.now(),
        wake: () => end.resolve(),
      },
      event: event => events.push(event),
      fail: error => end.reject(error),
      open: async () => {
        if (tries++ === 0) return stub('fenced')
        if (tries > opens) return stub('committed')
        throw new Error('no broker')
      },
    })
    const draft = new PooledDraft()
    draft.begin(0, 0, 0, 0)
    producer.append(draft)
    await end.promise
    return { producer, events, tries, at: clock.now() }
  }

  it('is tried again, and told of', async () => {
    const { producer, events, tries, at } = await fenced(4, 60e6)
    expect([tries, producer.ending, producer.lost, producer.freeAt]).toEqual([5, false, false, at])
    expect(at).toBeGreaterThanOrEqual(3e6)
    expect(events).toHaveLength(3)
    expect(events[0]).toMatchObject({
      ...{ kind: 'error', code: 'ProducerNotOpened' },
      message: 'in place of producer 0: no broker',
    })
  })
  it('is given up when the schedule has ended', async () => {
    const { producer, at } = await fenced(1000, 5e6)
    expect([producer.ending, producer.lost]).toEqual([true, true])
    expect(at).toBeGreaterThanOrEqual(5e6)
    expect(at).toBeLessThan(7e6)
  })
})

describe('what cannot be', () => {
  it.each([0, 1] as const)('acks %s', async acks => {
    await expect(load({ duration: 1, producer: { acks }, plugins: [every(10)] })).rejects.toThrow(
      `producer.acks is ${acks}: expected 'all', since every makes the producers transactional`,
    )
  })
  it('a transactional id without transactions', async () => {
    await expect(load({ duration: 1, producer: { transactionalId: 'orders' } })).rejects.toThrow(
      'producer.transactionalId is "orders": expected to be left out, since no plugin makes transactions',
    )
  })
  it('a tap that answers something else', async () => {
    const odd = {
      name: 'odd',
      stream: (s: Stream) => s.hooks.endTransaction.tap(() => 'rollback' as 'abort'),
    }
    const { result } = await load({ rate: 100, duration: 1, plugins: [odd] })
    expect(result.exitCode).toBe(70)
    expect(result.verdict.reasons.map(each => each.detail).join()).toContain(
      'plugin odd failed in endTransaction: answered "rollback", expected commit, abort or nothing',
    )
    expect(only(result).identity.holds).toBe(true)
  })
})
