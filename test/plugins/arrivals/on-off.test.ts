import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../core/index.ts'
import { arrivals, load } from '../../../plugins/index.ts'
import { areaOf, planOf } from '../load/plan.ts'
import { ALPHA, kolmogorovSmirnov } from '../statistics.ts'

const [on, off, low] = [1, 4, 0.1]
const share = on / (on + off)
const high = low + (1 - low) / share
const onOff = arrivals.onOff({ on: `${on}s`, off: `${off}s`, low })

/** Lengths of the states, in s; the first and the last are cut. */
function lengths(segments: readonly Segment[], rate: number): number[] {
  return segments
    .filter(s => Math.abs(s.start - rate) < 1e-6)
    .slice(1, -1)
    .map(s => (s.to - s.from) / 1e6)
}

describe('arrivals.onOff', async () => {
  const [rate, seconds] = [100, 100_000]
  const { schedule, segments } = await planOf({ rate, duration: seconds, plugins: [onOff] })

  it('has two rates, of which the mean is the rate', () => {
    expect(share * high + (1 - share) * low).toBeCloseTo(1, 12)
    expect(new Set(segments.map(s => Math.round(s.start)))).toEqual(
      new Set([rate * low, rate * high].map(Math.round)),
    )
    // the share of time on varies by 2p(1−p)/β of each second
    const spread = (high - low) * Math.sqrt((2 * share * (1 - share)) / (1 / on + 1 / off) / seconds)
    expect(Math.abs(areaOf(segments) / (rate * seconds) - 1)).toBeLessThan(4 * spread)
    expect(Math.abs(schedule.total - areaOf(segments))).toBeLessThan(4 * Math.sqrt(areaOf(segments)))
  })

  it('stays in each for an exponential time', () => {
    const [longer, shorter] = [lengths(segments, rate * low), lengths(segments, rate * high)]
    expect(shorter.length).toBeGreaterThan(19_000)
    expect(kolmogorovSmirnov(longer, t => 1 - Math.exp(-t / off)).p).toBeGreaterThan(ALPHA)
    expect(kolmogorovSmirnov(shorter, t => 1 - Math.exp(-t / on)).p).toBeGreaterThan(ALPHA)
  })

  it.each([0.1, 1, 20])('has the index of dispersion of such a process, in windows of %d s', window => {
    const windows = Math.floor(seconds / window)
    const mean = rate * window
    let [sum, last] = [0, 0]
    for (let i = 1; i <= windows; i++) {
      const n = schedule.before(Math.round(i * window * 1e6))
      sum += (n - last - mean) ** 2
      last = n
    }
    // rates of two states have the covariance p(1−p)(high−low)²·e^(−βτ); over the window, twice
    const beta = 1 / on + 1 / off
    const covariance = share * (1 - share) * (rate * (high - low)) ** 2
    const extra = 2 * covariance * (window / beta - (1 - Math.exp(-beta * window)) / beta ** 2)
    const index = 1 + extra / mean
    expect(sum / windows / mean / index).toBeCloseTo(1, 1)
    expect(index).toBeGreaterThan(10)
  })
})

it('is silent in between where low is 0', async () => {
  const plugins = [arrivals.onOff({ on: '100ms', off: '900ms' })]
  const { schedule, segments } = await planOf({ rate: 1000, duration: 100, plugins })
  const quiet = segments.filter(s => s.start === 0)
  expect(quiet.length).toBeGreaterThan(50)
  for (const { from, to } of quiet)
    expect(schedule.before(Math.floor(to)) - schedule.due(Math.ceil(from))).toBe(0)
})

it('is what a day goes on in, and the same for the same seed', async () => {
  const plan = (seed: number) =>
    planOf({ seed, rate: 1000, duration: 600, plugins: [load.day({ period: '10m' }), onOff] })
  const { segments, schedule } = await plan(1)
  expect(schedule.total).toBeGreaterThan(400_000)
  expect(schedule.total).toBeLessThan(800_000)
  expect((await plan(1)).segments).toEqual(segments)
  expect((await plan(2)).segments).not.toEqual(segments)
  const again = (await plan(1)).schedule
  for (let k = 0; k < schedule.total; k += 997) expect(again.at(k)).toBe(schedule.at(k))
})
