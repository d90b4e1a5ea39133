/** What the plugins make members do, on the fake driver in virtual time: each of its members reads all. */
import { describe, expect, it } from 'vitest'
import { type Config, type Result, run, type Stream } from '../../../core/index.ts'
import { fakeDriver, virtualClock } from '../../../core/testing/index.ts'
import { consumers, lag } from '../../../plugins/index.ts'

interface Seen {
  readonly result: Result
  /** Seconds at which each member's records arrived. */
  readonly arrivals: readonly number[]
  /** By member: seconds at which it was in the group, at each time it was asked. */
  readonly asked: ReadonlyMap<string, readonly { readonly at: number; readonly joined: boolean }[]>
}

async function load(config: Config): Promise<Seen> {
  const arrivals: number[] = []
  const asked = new Map<string, { at: number; joined: boolean }[]>()
  const sees = {
    name: 'sees',
    stream(s: Stream) {
      s.hooks.onRecord.tap(r => void arrivals.push(r.receivedAt / 1e6))
      s.hooks.pollFor.tap(
        m => {
          const id = `${m.group.split('-').at(-1)}/${m.index}`
          const times = asked.get(id) ?? []
          asked.set(id, times)
          times.push({ at: m.now / 1e6, joined: m.joined })
        },
        { order: 'first' },
      )
    },
  }
  const plugins = [fakeDriver({ log: true }), sees, ...(config.plugins ?? [])]
  const all = { warmup: 0, duration: 20, rate: 1000, ...config, plugins }
  return { result: await run(all, { clock: virtualClock }), arrivals, asked }
}
const between = (at: readonly number[], from: number, to: number) =>
  at.filter(t => t >= from && t < to).length
/** When a member was first asked in a state after a time. */
const first = (seen: Seen, member: string, joined: boolean, after = -1) =>
  seen.asked.get(member)?.find(a => a.joined === joined && a.at > after)?.at

describe('consumers.slow', () => {
  it('reads no more than its rate, and the rest waits', async () => {
    const { result, arrivals } = await load({ plugins: [consumers.slow({ rate: '200/s' })], timeout: 1 })
    const waited = result.value('consumers.slow.waited') as number
    expect(waited / arrivals.length / 5000).toBeGreaterThan(0.95)
    expect(waited / arrivals.length / 5000).toBeLessThanOrEqual(1)
    // whatever was read at once, what follows waits for as long as that takes
    const polls = [...Map.groupBy(arrivals, at => at)].map(([at, records]) => ({ at, n: records.length }))
    for (const [i, { at, n }] of polls.slice(0, -1).entries())
      expect((polls[i + 1]?.at as number) - at).toBeGreaterThan(n / 200 - 0.01)
  })
  it('is not held back by a rate that is above the load', async () => {
    const seen = await load({ plugins: [consumers.slow({ rate: '1200/s' })] })
    expect(seen.result.value('consumed.count')).toBe(20_000)
    expect(seen.result.value('endToEnd.p99')).toBeLessThan(200_000)
  })
  it('takes its time for each record', async () => {
    const seen = await load({ rate: 100, plugins: [consumers.slow({ cost: '5ms' })] })
    expect(seen.result.value('consumers.slow.waited')).toBe(2000 * 5000)
    expect(seen.result.value('consumers.slow.records')).toBe(2000)
    expect(seen.result.value('consumed.count')).toBe(2000)
  })
  it('draws it from a lognormal distribution by median and p99, the same for a seed', async () => {
    const cost = { median: '200us', p99: '2ms' }
    const mean = async (seed: number) => {
      const { result } = await load({ seed, duration: 40, plugins: [consumers.slow({ cost })] })
      const [waited, records] = ['waited', 'records'].map(n => result.value(`consumers.slow.${n}`) as number)
      return (waited as number) / (records as number)
    }
    const sigma = Math.log(10) / 2.3263478740408408
    const expected = 200 * Math.exp(sigma ** 2 / 2)
    const [one, again, other] = [await mean(1), await mean(1), await mean(2)]
    // the mean of 40,000 draws: a standard error of 0.6 %
    expect(Math.abs(one / expected - 1)).toBeLessThan(0.025)
    expect(again).toBe(one)
    expect(other).not.toBe(one)
  })
  it('is for some members alone, if it says so', async () => {
    const plugins = [consumers.slow({ rate: '100/s', share: 0.5 })]
    const { result } = await load({ consumers: 4, plugins, timeout: 1 })
    // two read all, two what they come to
    const consumed = result.value('consumed.count') as number
    const slow = result.value('consumers.slow.records') as number
    expect(slow).toBeGreaterThan(2 * 1000)
    expect(slow).toBeLessThan(2 * 15_000)
    expect(consumed - slow).toBeGreaterThanOrEqual(2 * 20_000)
  })
})

describe('consumers.paused', () => {
  it('reads nothing for a while, and then what has piled up', async () => {
    const seen = await load({ plugins: [consumers.paused({ from: '5s', for: '4s' })] })
    expect(between(seen.arrivals, 5.2, 8.9)).toBe(0)
    expect(between(seen.arrivals, 9, 9.3)).toBeGreaterThan(3500)
    expect(seen.arrivals).toHaveLength(20_000)
  })
  it('again and again', async () => {
    const seen = await load({ plugins: [consumers.paused({ from: '2s', for: '1s', every: '5s' })] })
    for (const from of [2, 7, 12, 17]) expect(between(seen.arrivals, from + 0.2, from + 0.9)).toBe(0)
    for (const from of [4, 9, 14]) expect(between(seen.arrivals, from, from + 1)).toBeGreaterThan(900)
  })
})

describe('consumers.late', () => {
  it('joins when it is time, the others at once', async () => {
    const seen = await load({ consumers: 3, plugins: [consumers.late({ after: '6s', member: 2 })] })
    const joins = ['0', '1', '2'].map(i =>
      first(seen, `${seen.asked.keys().next().value?.split('/')[0]}/${i}`, true),
    )
    expect(joins[0]).toBe(0)
    expect(joins[1]).toBe(0)
    expect(joins[2]).toBeGreaterThanOrEqual(6)
    expect(joins[2]).toBeLessThan(6.3)
  })
  it('one after the other', async () => {
    const seen = await load({
      consumers: { count: 3, group: 'g-g' },
      plugins: [consumers.late({ after: '2s', apart: '4s' })],
    })
    const joins = ['g/0', 'g/1', 'g/2'].map(id => first(seen, id, true) as number)
    expect(joins.map(Math.floor)).toEqual([2, 6, 10])
    expect(seen.result.events.filter(e => e.kind === 'member' && e.step === 'join')).toHaveLength(3)
  })
})

describe('consumers.churn', () => {
  it('takes members away and brings them back, and counts it', async () => {
    const schedule = [
      { at: '5s', what: 'kill', member: 0, for: '3s' },
      { at: '4s', what: 'leave', member: 1, for: '2s', every: '10s' },
      { at: '9s', what: 'join', member: 2 },
    ] as const
    const seen = await load({
      consumers: { count: 3, group: 'g-g' },
      plugins: [consumers.churn({ schedule: [...schedule] })],
    })
    expect(first(seen, 'g/0', false, 0)).toBeCloseTo(5, 0)
    expect(first(seen, 'g/0', true, 6)).toBeCloseTo(8, 0)
    expect(first(seen, 'g/1', false, 1)).toBeCloseTo(4, 0)
    expect(first(seen, 'g/1', false, 8)).toBeCloseTo(14, 0)
    expect(first(seen, 'g/2', true)).toBeCloseTo(9, 0)
    const steps = seen.result.events.flatMap(e => (e.kind === 'member' ? [`${e.step} ${e.member}`] : []))
    expect(steps).toEqual(['leave 1', 'kill 0', 'join 1', 'join 0', 'join 2', 'leave 1', 'join 1'])
    const counted = ['joins', 'leaves', 'kills'].map(n => seen.result.value(`consumers.churn.${n}`))
    expect(counted).toEqual([4, 2, 1])
  })
  it('one that goes and comes between two polls is disturbed all the same', async () => {
    const schedule = [{ at: '5s', what: 'kill', for: '100ms' }] as const
    const slow = consumers.slow({ cost: '2ms' })
    const seen = await load({ rate: 100, plugins: [consumers.churn({ schedule: [...schedule] }), slow] })
    expect(seen.result.value('consumers.churn.kills')).toBe(1)
    expect(seen.result.value('consumers.churn.joins')).toBe(1)
  })
  it('what a killed member had not committed is read again', async () => {
    const schedule = [{ at: '5s', what: 'kill', for: '1s' }] as const
    const plugins = [consumers.churn({ schedule: [...schedule] })]
    // the fake consumer commits when it is told to: never, or after each poll
    const again = async (commit: string) =>
      (await load({ consumers: { commit }, plugins })).arrivals.length - 20_000
    expect(await again('off')).toBeGreaterThan(4500)
    expect(await again('poll')).toBeLessThan(20)
  })
})

describe('consumers.backlog', () => {
  it('is built and drained, and tells how large it was, how long it took and how fast it went', async () => {
    const plugins = [consumers.backlog({ build: '8050ms' }), consumers.slow({ rate: '5k/s' }), lag()]
    const { result, arrivals } = await load({ plugins })
    expect(between(arrivals, 0, 7.9)).toBe(0)
    const section = result.streams['default']?.sections['consumers'] as {
      backlog: { records: number; drainUs: number; rate: number; groups: object[] }
      lag: { max: number; behind: boolean; records: number; caughtUp: { afterUs: number } }
    }
    expect(section.backlog.records).toBeGreaterThan(7900)
    expect(section.backlog.records).toBeLessThan(8200)
    expect(section.backlog.groups).toHaveLength(1)
    expect(section.backlog.drainUs).toBeGreaterThan(0)
    expect(result.value('consumers.backlog.records')).toBe(section.backlog.records)
    expect(result.value('consumers.backlog.drain')).toBe(section.backlog.drainUs)
    expect(section.lag).toMatchObject({ behind: true, records: 0 })
    expect(section.lag.max).toBeGreaterThan(7000)
    expect(result.value('lag.records.max')).toBe(section.lag.max)
  })
  it('ends the run when it is drained, if it says so', async () => {
    const { result } = await load({
      duration: 600,
      plugins: [consumers.backlog({ build: '5s', stop: true })],
    })
    expect(result.run.stopped).toBe('consumers.backlog: the backlog is drained')
    expect(result.run.durationMs).toBeLessThan(9000)
    expect(result.exitCode).toBe(0)
  })
})

describe('lag', () => {
  it('has figures for thresholds, and a row for each second with every partition', async () => {
    const plugins = [lag(), consumers.paused({ from: '10s', for: '5s' })]
    const thresholds = { 'lag.records': '== 0', 'lag.records.max': '< 100' }
    const { result } = await load({ plugins, thresholds, topic: { partitions: 3 } })
    expect(result.thresholds.map(t => t.ok)).toEqual([true, false])
    const { lag: found } = result.streams['default']!.sections['consumers'] as {
      lag: { max: number; mean: number; groups: { series: { second: number; partitions: number[] }[] }[] }
    }
    expect(found.max).toBeGreaterThan(3500)
    expect(found.mean).toBeGreaterThan(300)
    const rows = found.groups[0]?.series ?? []
    expect(rows.length).toBeGreaterThanOrEqual(20)
    expect(rows.every(row => row.partitions.length === 3)).toBe(true)
    const worst = rows.reduce((a, b) => (Math.max(...b.partitions) > Math.max(...a.partitions) ? b : a))
    expect(worst.second).toBeGreaterThanOrEqual(14)
    expect(worst.second).toBeLessThanOrEqual(16)
  })
  it('says nothing where nobody reads', async () => {
    const { result } = await load({ consumers: 0, plugins: [lag()] })
    expect(result.streams['default']?.sections['consumers']).toBeUndefined()
  })
})

describe('nobody who reads', () => {
  const slow = consumers.slow({ cost: '1ms' })
  it('is a fault of one that tells members what to do', async () => {
    const expected = ': expected 1 or more, since consumers.slow tells consumers what to do'
    await expect(load({ consumers: 0, plugins: [slow] })).rejects.toThrow(`consumers is 0${expected}`)
    const streams = { a: { consumers: 0, plugins: [slow] }, b: {} }
    await expect(load({ streams })).rejects.toThrow(`streams.a.consumers is 0${expected}`)
  })
  it('is none in one of several streams', async () => {
    const { result } = await load({ streams: { a: { consumers: 0 }, b: {} }, plugins: [slow] })
    expect(result.exitCode).toBe(0)
  })
})

describe('a member that is not there', () => {
  it.each([
    ['consumers.paused.member', consumers.paused({ for: '1s', member: 4 })],
    ['consumers.slow.group', consumers.slow({ cost: '1ms', group: 1 })],
    ['consumers.late.member', consumers.late({ after: '1s', member: 9 })],
    [
      'consumers.churn.schedule.1.member',
      consumers.churn({
        schedule: [
          { at: 0, what: 'kill', member: 3 },
          { at: 1, what: 'kill', member: 4 },
        ],
      }),
    ],
  ])('is a fault: %s', async (path, plugin) => {
    const fault = load({ consumers: 4, plugins: [plugin] })
    await expect(fault).rejects.toThrow(
      new RegExp(`^${path} is \\d: expected a (member|group) of stream default: 0 to`),
    )
  })
})
