/** Streams that only read, and several groups: what is counted, and what is said of it. */
import { describe, expect, it } from 'vitest'
import { type Config, type Result, run, type Stream } from '../../core/index.ts'
import { type FakeDriverOptions, fakeDriver, virtualClock } from '../../core/testing/index.ts'

function load(config: Config, fake: FakeDriverOptions = {}): Promise<Result> {
  const plugins = [fakeDriver({ log: true, ...fake }), ...(config.plugins ?? [])]
  return run({ warmup: 1, duration: 4, ...config, plugins }, { clock: virtualClock })
}
const beside: Config = {
  topic: 'orders',
  rate: 100,
  streams: { write: { consumers: 0 }, read: { producers: 0 } },
}

describe('a stream that only reads beside one that writes', () => {
  it('has the records of the other one as its own, from the same t0', async () => {
    const own: boolean[] = []
    const sees = {
      name: 'sees',
      stream: (s: Stream) => s.hooks.onRecord.tap(r => void own.push(r.own)),
    }
    const result = await load({ ...beside, plugins: [sees] })
    const { write, read } = result.streams
    expect(own).toHaveLength(500)
    expect(new Set(own)).toEqual(new Set([true]))
    expect(write?.phases.measure.counts).toMatchObject({ scheduled: 400, acked: 400, consumed: 0 })
    expect(read?.phases.measure.counts).toMatchObject({ scheduled: 0, acked: 0, consumed: 400 })
    expect(read?.phases.warmup.counts.consumed).toBe(100)
    expect(read?.phases.measure.foreign).toBe(0)
    expect(read?.phases.measure.latency['endToEnd']?.acked.count).toBe(400)
    expect(read?.identity.holds).toBe(true)
    expect(result.verdict).toMatchObject({ state: 'valid', reasons: [] })
    expect(result.exitCode).toBe(0)
  })

  it('has the figures of reading, and the other one those of writing', async () => {
    const result = await load(beside)
    expect(Object.keys(result.streams['read']!.phases.measure.rates)).toEqual(['consumed'])
    expect(Object.keys(result.streams['write']!.phases.measure.rates)).not.toContain('consumed')
    expect(result.value('consumed.rate')).toBeCloseTo(100, -1)
    expect(result.value('achieved.rate')).toBeCloseTo(100, -1)
    expect(result.value('endToEnd.p99')).toBe(result.value('read.endToEnd.p99'))
    expect(result.value('response.p99')).toBe(result.value('write.response.p99'))
    expect(result.value('endToEnd.p99')).toBeGreaterThanOrEqual(0)
  })

  it('has no end-to-end latency where the other one is closed', async () => {
    const streams = { write: { consumers: 0, rate: 'max' }, read: { producers: 0 } } as const
    const result = await load({ topic: 'orders', streams }, { capacity: 10 })
    const { latency, counts } = result.streams['read']!.phases.measure
    expect(counts.consumed).toBeGreaterThan(100)
    expect(latency['endToEnd']).toBeUndefined()
    expect(latency['transport']?.acked.count).toBe(counts.consumed)
  })

  it('and two streams that write to one topic read what both wrote', async () => {
    const streams = { a: {}, b: { consumers: 0 } }
    const result = await load({ topic: 'orders', rate: 100, streams })
    expect(result.streams['a']?.phases.measure.counts.consumed).toBe(800)
    expect(result.streams['a']?.phases.measure.foreign).toBe(0)
  })

  it('is no pass when it read nothing', async () => {
    const away = { name: 'away', stream: (s: Stream) => s.hooks.pollFor.tap(() => 'leave' as const) }
    const streams = { write: { consumers: 0 }, read: { producers: 0, plugins: [away] } }
    const result = await load({ ...beside, streams })
    expect(result.exitCode).toBe(5)
    expect(result.verdict.reasons.map(r => r.detail)).toEqual([
      'read: not one record was read, so nothing was measured',
    ])
  })
})

describe('several groups', () => {
  it('each read all, and are told apart', async () => {
    const groups = new Map<string, number[]>()
    const sees = {
      name: 'sees',
      stream: (s: Stream) =>
        s.hooks.pollFor.tap(m => {
          groups.set(m.group, [...new Set([...(groups.get(m.group) ?? []), m.number])])
        }),
    }
    const consumers = { count: 2, groups: 3, group: 'billing' }
    const result = await load({ rate: 100, consumers, plugins: [sees] })
    expect(Object.fromEntries(groups)).toEqual({
      'billing-0': [0, 1],
      'billing-1': [2, 3],
      'billing-2': [4, 5],
    })
    // every member of the fake driver reads all partitions
    expect(result.value('consumed.count')).toBe(6 * 400)
    expect(result.value('endToEnd.count')).toBe(6 * 400)
    expect(result.streams['default']?.identity.holds).toBe(true)
  })

  it('a single one has the name as it is written', async () => {
    const names = new Set<string>()
    const sees = { name: 'sees', stream: (s: Stream) => s.hooks.pollFor.tap(m => void names.add(m.group)) }
    await load({ rate: 100, consumers: { group: 'billing' }, plugins: [sees] })
    expect([...names]).toEqual(['billing'])
  })
})
