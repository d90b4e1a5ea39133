/** Real shapes on real shapes, with real arrivals in them, as a configuration lists them. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Plugin } from '../../core/index.ts'
import { createSchedule } from '../../core/schedule.ts'
import { arrivals, load } from '../../plugins/index.ts'
import { areaOf, planOf } from '../plugins/load/plan.ts'

const ms = (min: number, max: number) => fc.integer({ min, max }).map(n => `${n}ms`)
const factor = fc.double({ min: 0, max: 4, noNaN: true })
const shapes: fc.Arbitrary<Plugin>[] = [
  fc.constant(load.constant()),
  fc.record({ from: factor, over: ms(1, 30_000) }).map(o => load.ramp({ ...o, to: o.from + 0.5 })),
  fc
    .array(fc.record({ factor, for: ms(1, 3000), ramp: fc.boolean() }), { minLength: 1, maxLength: 5 })
    .map(stages => load.stages({ stages: [...stages, { factor: 1, for: '1s' }], repeat: stages.length > 2 })),
  fc
    .record({ from: factor, steps: fc.integer({ min: 2, max: 20 }) })
    .map(o => load.steps({ ...o, to: o.from + 1 })),
  fc
    .record({
      on: ms(50, 3000),
      off: ms(50, 3000),
      floor: factor,
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(o => load.bursts({ ...o, peak: o.floor + 2 })),
  fc
    .record({ period: ms(100, 20_000), phase: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(o => load.sine({ ...o, amplitude: 1 })),
  fc
    .record({ period: ms(1000, 60_000), from: fc.double({ min: 0, max: 24, noNaN: true }) })
    .map(o => load.day(o)),
  ms(100, 10_000).map(every => load.spikes({ every, length: '100ms', peak: 5 })),
  ms(100, 10_000).map(period => load.sawtooth({ period, low: 0, high: 2 })),
]
const within: fc.Arbitrary<Plugin | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant(arrivals.even()),
  fc.constant(arrivals.poisson()),
  fc
    .record({ on: ms(50, 2000), off: ms(50, 2000), low: fc.double({ min: 0, max: 0.9, noNaN: true }) })
    .map(o => arrivals.onOff(o)),
)
const composition = fc.record({
  rate: fc.double({ min: 1, max: 200, noNaN: true }),
  duration: fc.integer({ min: 1000, max: 10_000_000 }).map(us => us / 1e6),
  // each kind once: of two with one name the later one stands
  shapes: fc.shuffledSubarray(shapes, { maxLength: 4 }).chain(chosen => fc.tuple(...chosen)),
  within,
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
})

it('joins, ends when it is to, has the records of its integral, and never falls', async () => {
  await fc.assert(
    fc.asyncProperty(
      composition,
      fc.integer({ min: 1, max: 5 }),
      async ({ shapes, within, ...config }, threads) => {
        const plugins = within === undefined ? shapes : [...shapes, within]
        const plan = () => planOf({ ...config, plugins })
        const { schedule, segments } = await plan()
        let at = 0
        for (const s of segments) {
          expect(s.from).toBe(at)
          expect(s.to).toBeGreaterThan(s.from)
          expect(Math.min(s.start, s.end)).toBeGreaterThanOrEqual(0)
          at = s.to
        }
        expect(at).toBe(Math.round(config.duration * 1e6))
        const area = areaOf(segments)
        const even = within === undefined || within.name === 'arrivals.even'
        if (even) expect(Math.abs(schedule.total - area)).toBeLessThanOrEqual(1)
        else expect(Math.abs(schedule.total - area)).toBeLessThan(6 * Math.sqrt(area) + 10)
        if (even) expect(schedule.total).toBe(createSchedule(segments).total)

        const times = Array.from({ length: schedule.total }, (_, k) => schedule.at(k))
        expect(times.findIndex((t, k) => t < (times[k - 1] ?? 0))).toBe(-1)
        expect(times.at(-1) ?? 0).toBeLessThan(schedule.endUs)
        for (const share of [0, 0.9, 0.1, 0.5, 0.51, 1]) {
          const now = Math.floor(share * schedule.endUs)
          expect(schedule.before(now)).toBe(times.filter(t => t < now).length)
        }

        // record k is found by thread k mod n, which asks for no other
        const others = await Promise.all(Array.from({ length: threads }, plan))
        expect(times.findIndex((t, k) => others[k % threads]?.schedule.at(k) !== t)).toBe(-1)
      },
    ),
    { numRuns: 60 },
  )
})
