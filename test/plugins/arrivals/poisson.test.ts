import { describe, expect, it } from 'vitest'
import { arrivals } from '../../../plugins/index.ts'
import { planOf } from '../load/plan.ts'
import { ALPHA, chiSquare, chiSquareTail, DRAWS, kolmogorovSmirnov, logGamma } from '../statistics.ts'

const poisson = [arrivals.poisson()]

describe('inter-arrival times', async () => {
  // so slow that µs do not show
  const { schedule } = await planOf({ rate: 2, duration: DRAWS / 2, plugins: poisson })
  const gaps = Float64Array.from(
    { length: schedule.total - 1 },
    (_, k) => schedule.at(k + 1) - schedule.at(k),
  )
  it('are exponential', () => {
    expect(gaps.length).toBeGreaterThan(0.99 * DRAWS)
    expect(kolmogorovSmirnov(gaps, x => 1 - Math.exp(-x / 500_000)).p).toBeGreaterThan(ALPHA)
  })
  it('say nothing of the next one', () => {
    const n = gaps.length - 1
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length
    let [with_, square] = [0, 0]
    for (let i = 0; i < n; i++) {
      with_ += ((gaps[i] as number) - mean) * ((gaps[i + 1] as number) - mean)
      square += ((gaps[i] as number) - mean) ** 2
    }
    expect(Math.abs(with_ / square) * Math.sqrt(n)).toBeLessThan(3.9)
  })
  it('make counts of a second that are Poisson', () => {
    const mean = 2
    const seconds = DRAWS / 2
    const perSecond = new Uint8Array(seconds)
    for (let k = 0; k < schedule.total; k++) {
      const second = Math.floor(schedule.at(k) / 1e6)
      perSecond[second] = (perSecond[second] as number) + 1
    }
    const counts = new Array<number>(20).fill(0)
    for (const n of perSecond) counts[Math.min(n, 19)] = (counts[Math.min(n, 19)] as number) + 1
    const pmf = Array.from({ length: 19 }, (_, k) => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)))
    expect(chiSquare(counts, [...pmf, 1 - pmf.reduce((a, b) => a + b, 0)]).p).toBeGreaterThan(ALPHA)
  })
})

// within a block of 256 records, over many of them, and over many spans of 262,144
it.each([
  [100, 0.1, 40_000],
  [1e5, 0.01, 20_000],
  [1e5, 0.03, 5000],
  [1e6, 1, 1000],
])('counts at %d/s in windows of %d s have the dispersion of Poisson ones', async (rate, window, windows) => {
  const { schedule } = await planOf({ rate, duration: window * windows, plugins: poisson })
  const mean = rate * window
  let [sum, last] = [0, 0]
  for (let i = 1; i <= windows; i++) {
    const n = schedule.before(Math.round(i * window * 1e6))
    sum += (n - last - mean) ** 2 / mean
    last = n
  }
  const p = chiSquareTail(sum, windows)
  expect(Math.min(p, 1 - p)).toBeGreaterThan(ALPHA / 2)
})

describe('a billion records', async () => {
  const plan = () => planOf({ rate: '1M/s', duration: 1000, plugins: poisson })
  const { schedule } = await plan()
  it('are as many as their square root allows', () => {
    expect(Math.abs(schedule.total - 1e9)).toBeLessThan(4 * Math.sqrt(1e9))
  })
  it('are found one by one, in any order', async () => {
    const other = (await plan()).schedule
    const some = Array.from({ length: 200 }, (_, i) => (i * 7_777_777_77) % schedule.total)
    const times = some.map(k => schedule.at(k))
    expect(some.map(k => other.at(k))).toEqual(times)
    expect([...some].reverse().map(k => other.at(k))).toEqual([...times].reverse())
    for (const [i, k] of some.entries()) {
      const t = times[i] as number
      expect(schedule.before(t)).toBeLessThanOrEqual(k)
      expect(schedule.due(t)).toBeGreaterThan(k)
    }
  })
})

it('go by the rate, whatever shape it has, and by the seed', async () => {
  const config = { rate: [{ rate: 1000, for: '100s', ramp: true }], plugins: poisson }
  const times = async (seed: number) => {
    const { schedule } = await planOf({ ...config, seed })
    return Array.from({ length: schedule.total }, (_, k) => schedule.at(k))
  }
  const one = await times(1)
  expect(await times(1)).toEqual(one)
  expect(await times(2)).not.toEqual(one)
  // F(t) = 5 t²: given their number, the places F(t) are uniform
  expect(kolmogorovSmirnov(one, t => Math.min(1, (t / 100e6) ** 2)).p).toBeGreaterThan(ALPHA)
})

it('arrivals.even takes its place', async () => {
  const { schedule } = await planOf({
    rate: 1000,
    duration: 1,
    extends: { plugins: poisson },
    plugins: [arrivals.even()],
  })
  expect(schedule.total).toBe(1000)
  expect(schedule.at(999)).toBe(999_000)
})
