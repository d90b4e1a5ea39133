import { describe, expect, it } from 'vitest'
import type { Config } from '../../../core/index.ts'
import { load } from '../../../plugins/index.ts'
import { ALPHA, kolmogorovSmirnov } from '../statistics.ts'
import { areaOf, planOf, rateAt } from './plan.ts'

const rate = 1000
/** The rate at whole seconds and between, for a minute of 1000/s. */
async function ratesOf(config: Config, ...seconds: number[]) {
  const { segments } = await planOf({ rate, duration: 60, ...config })
  return seconds.map(s => rateAt(segments, s))
}

describe('load.constant', () => {
  it('levels what came before, and sends as many records', async () => {
    const shaped = { rate, duration: 60, plugins: [load.day({ period: '40s' }), load.bursts()] }
    const before = await planOf(shaped)
    const { segments, schedule } = await planOf({ ...shaped, plugins: [...shaped.plugins, load.constant()] })
    expect(segments).toHaveLength(1)
    expect(areaOf(segments)).toBeCloseTo(areaOf(before.segments), 6)
    expect(schedule.total).toBe(before.schedule.total)
  })
  it('has a rate of its own', async () => {
    expect(await ratesOf({ plugins: [load.sine(), load.constant({ rate: '5k/s' })] }, 0, 30)).toEqual([
      5000, 5000,
    ])
  })
  it('is shaped by what is listed after it', async () => {
    expect(
      await ratesOf({ plugins: [load.constant({ rate: 10 }), load.ramp({ over: '1s', to: 3 })] }, 1),
    ).toEqual([30])
  })
})

describe('load.ramp', () => {
  it('goes from 0 to the rate over the whole run', async () => {
    const { schedule, segments } = await planOf({ rate, duration: 60, plugins: [load.ramp()] })
    expect([0, 30, 45].map(s => rateAt(segments, s))).toEqual([0, 500, 750])
    expect(schedule.total).toBe(30_000)
  })
  it('waits, ramps, and stays', async () => {
    const ramp = load.ramp({ from: 1, to: 0.5, after: '10s', over: '20s' })
    expect(await ratesOf({ plugins: [ramp] }, 0, 9, 20, 30, 59)).toEqual([1000, 1000, 750, 500, 500])
  })
  it('is cut off by the end', async () => {
    expect(await ratesOf({ plugins: [load.ramp({ over: '2m' })] }, 59.999999)).toEqual([
      expect.closeTo(500, 3),
    ])
    const { schedule } = await planOf({ rate, duration: 60, plugins: [load.ramp({ over: '2m' })] })
    expect(schedule.total).toBe(15_000)
  })
})

describe('load.stages', () => {
  const stages = [
    { factor: 0.5, for: '10s' },
    { factor: 2, for: '10s', ramp: true },
    { factor: 0, for: '5s' },
  ]
  it('jumps and ramps, and stays at the last', async () => {
    const rates = await ratesOf({ plugins: [load.stages({ stages })] }, 0, 9, 10, 15, 20, 24, 59)
    expect(rates).toEqual([500, 500, 500, 1250, 0, 0, 0])
  })
  it('repeats', async () => {
    const rates = await ratesOf({ plugins: [load.stages({ stages, repeat: true })] }, 25, 40, 45, 50, 59)
    expect(rates).toEqual([500, 1250, 0, 500, 500])
  })
})

describe('load.steps', () => {
  it('climbs in equal steps that fill the run', async () => {
    const rates = await ratesOf(
      { plugins: [load.steps({ from: 0.5, to: 1.5, steps: 3 })] },
      0,
      19.9,
      20,
      39.9,
      40,
      59,
    )
    expect(rates).toEqual([500, 500, 1000, 1000, 1500, 1500])
  })
  it('of a given length go down too, and stay on the last', async () => {
    const rates = await ratesOf(
      { plugins: [load.steps({ from: 1, to: 0, steps: 2, every: '10s' })] },
      9,
      10,
      59,
    )
    expect(rates).toEqual([1000, 0, 0])
  })
})

describe('load.bursts', () => {
  it('go on and off', async () => {
    const bursts = load.bursts({ on: '2s', off: '8s', peak: 4, floor: 0 })
    expect(await ratesOf({ plugins: [bursts] }, 0, 1.999999, 2, 9.9, 10, 12)).toEqual([
      4000, 4000, 0, 0, 4000, 0,
    ])
    const { schedule } = await planOf({ rate, duration: 60, plugins: [bursts] })
    expect(schedule.total).toBe(6 * 8000)
    // the record after a burst's last is the next burst's first
    expect(schedule.at(8000)).toBe(10e6)
  })

  const share = async (jitter: number, seed = 1) => {
    const plugins = [load.bursts({ on: '100ms', off: '300ms', peak: 3, floor: 0.5, jitter })]
    const { segments } = await planOf({ rate, seed, duration: 4000, plugins })
    return { segments, bursts: segments.filter(s => s.start === 3000) }
  }
  it('with jitter start anywhere in their cycle, never overlap, and have their share of the time', async () => {
    const { bursts, segments } = await share(1)
    expect(bursts).toHaveLength(10_000)
    const starts = bursts.map(({ from, to }, i) => {
      expect(to - from).toBe(100_000)
      expect(Math.floor(from / 400_000)).toBe(i)
      return from - i * 400_000
    })
    expect(kolmogorovSmirnov(starts, x => Math.min(1, x / 300_000)).p).toBeGreaterThan(ALPHA)
    expect(areaOf(segments)).toBeCloseTo(10_000 * (0.1 * 3000 + 0.3 * 500), 3)
  })
  it('with half of it start in the first half of their time off', async () => {
    const { bursts } = await share(0.5)
    const starts = bursts.map(({ from }, i) => from - i * 400_000)
    expect(kolmogorovSmirnov(starts, x => Math.min(1, x / 150_000)).p).toBeGreaterThan(ALPHA)
  })
  it('are the same for the same seed', async () => {
    expect((await share(1)).segments).toEqual((await share(1)).segments)
    expect((await share(1)).segments).not.toEqual((await share(1, 2)).segments)
  })
})

describe('load.sine', () => {
  it('swings about the rate, within 0.12 % of the amplitude of a sine', async () => {
    const { segments, schedule } = await planOf({
      rate,
      duration: 60,
      plugins: [load.sine({ period: '20s', phase: 0.1 })],
    })
    for (let t = 0; t < 60; t += 0.037)
      expect(
        Math.abs(rateAt(segments, t) - (1000 + 500 * Math.sin(2 * Math.PI * (t / 20 + 0.1)))),
      ).toBeLessThan(0.61)
    expect(schedule.total).toBe(60_000)
  })
  it('of full amplitude touches 0', async () => {
    const { segments } = await planOf({
      rate,
      duration: 60,
      plugins: [load.sine({ period: '60s', amplitude: 1 })],
    })
    expect(rateAt(segments, 45)).toBe(0)
    expect(Math.min(...segments.map(s => s.start))).toBe(0)
  })
})

describe('load.day', () => {
  it('has a curve of its own, whose mean is the rate', async () => {
    const { segments, schedule } = await planOf({ rate, duration: '24h', plugins: [load.day()] })
    expect(schedule.total).toBe(24 * 3600 * 1000)
    expect(rateAt(segments, 4 * 3600)).toBeCloseTo(240, 6)
    expect(rateAt(segments, 20 * 3600)).toBeCloseTo(1720, 6)
  })
  it('may be shortened, and begin at any hour', async () => {
    const curve = Array.from({ length: 24 }, (_, hour) => hour)
    const rates = await ratesOf(
      { plugins: [load.day({ curve, period: '24s', from: 8.5 })] },
      0,
      0.5,
      1,
      10.5,
      15.5,
      16.5,
    )
    expect(rates.map(r => Math.round(r))).toEqual([8500, 9000, 9500, 19_000, 0, 1000])
  })
})

describe('load.spikes', () => {
  it('rise to their peak in the middle of each period', async () => {
    const spikes = load.spikes({ every: '20s', length: '4s', peak: 5 })
    const rates = await ratesOf({ plugins: [spikes] }, 0, 7.9, 8, 9, 10, 11, 12, 19, 30, 50)
    expect(rates).toEqual([1000, 1000, 1000, 3000, 5000, 3000, 1000, 1000, 5000, 5000])
    const { schedule } = await planOf({ rate, duration: 60, plugins: [spikes] })
    expect(schedule.total).toBe(60_000 + (3 * 4 * 4000) / 2)
  })
  it('may be as long as their period', async () => {
    const rates = await ratesOf(
      { plugins: [load.spikes({ every: '10s', length: '10s', peak: 3 })] },
      0,
      5,
      10,
      15,
    )
    expect(rates).toEqual([1000, 3000, 1000, 3000])
  })
})

describe('load.sawtooth', () => {
  it('rises, falls at once, and rises again', async () => {
    const rates = await ratesOf(
      { plugins: [load.sawtooth({ period: '20s', low: 0.5, high: 1.5 })] },
      0,
      10,
      20,
      30,
      50,
    )
    expect(rates).toEqual([500, 1000, 500, 1000, 1000])
  })
})

describe('together', () => {
  it('multiply, whatever the order', async () => {
    const [day, bursts] = [load.day({ period: '60s' }), load.bursts({ on: '1s', off: '9s', peak: 3 })]
    const one = await planOf({ rate, duration: 60, plugins: [day, bursts] })
    const other = await planOf({ rate, duration: 60, plugins: [bursts, day] })
    expect(one.schedule.total).toBe(other.schedule.total)
    const alone = await planOf({ rate, duration: 60, plugins: [day] })
    expect(rateAt(one.segments, 20.5)).toBeCloseTo(3 * rateAt(alone.segments, 20.5), 6)
    expect(rateAt(one.segments, 25)).toBeCloseTo(rateAt(alone.segments, 25), 6)
  })
  it('shape stages and bytes/s as well', async () => {
    const plugins = [load.bursts({ on: '5s', off: '5s', peak: 2, floor: 0 })]
    const { segments } = await planOf({ rate: '1 MB/s', size: '500B', duration: 10, plugins })
    expect([rateAt(segments, 1), rateAt(segments, 6)]).toEqual([4000, 0])
    const stages = [
      { rate: 100, for: '10s', ramp: true },
      { rate: 300, for: '10s' },
    ]
    const staged = await planOf({ rate: stages, plugins })
    expect([2.5, 7.5, 12, 17].map(s => rateAt(staged.segments, s))).toEqual([50, 0, 600, 0])
  })
  it('listed twice under two ids are two shapes', async () => {
    const plugins = [
      load.steps({ from: 1, to: 2, steps: 2 }),
      load.steps({ from: 1, to: 3, steps: 2 }).as('again'),
    ]
    expect(await ratesOf({ plugins }, 0, 59)).toEqual([1000, 6000])
  })
})
