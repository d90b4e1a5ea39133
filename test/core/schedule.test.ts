import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Segment } from '../../core/api.ts'
import { createSchedule, segmentsOf } from '../../core/schedule.ts'

const constant = (rate: number, seconds: number): Segment[] => [
  { from: 0, to: seconds * 1e6, start: rate, end: rate },
]

describe('constant rates', () => {
  it.each([
    [1, 10, 10],
    [999.5, 60, 59_970],
    [333_333.3, 3, 1_000_000],
    [1.1, 10, 11],
    [20_000, 60, 1_200_000],
    [0.5, 3, 2],
  ])('%f/s for %i s are %i records', (rate, seconds, total) => {
    const schedule = createSchedule(constant(rate, seconds))
    expect(schedule.total).toBe(total)
    expect(schedule.at(0)).toBe(0)
    expect(schedule.at(total - 1)).toBeLessThan(seconds * 1e6)
  })

  it('a record is due from its own microsecond on', () => {
    const schedule = createSchedule(constant(1000, 1))
    expect(schedule.due(999)).toBe(1)
    expect(schedule.due(1000)).toBe(2)
    expect(schedule.before(1000)).toBe(1)
    expect(schedule.due(10e6)).toBe(1000)
  })
})

describe('stages', () => {
  it('a ramp from 0 sends the integral of its rate', () => {
    const schedule = createSchedule(
      segmentsOf(
        {
          kind: 'stages',
          stages: [
            { rate: 1000, unit: 'records', us: 10e6, ramp: true },
            { rate: 1000, unit: 'records', us: 5e6, ramp: false },
          ],
        },
        15e6,
        () => 100,
      ),
    )
    expect(schedule.total).toBe(10_000)
    // F(t) = 50 t² while it ramps
    expect(schedule.at(1250)).toBe(5e6)
    expect(schedule.at(5000)).toBe(10e6)
    expect(schedule.at(6000)).toBe(11e6)
  })

  it('bytes/s become records/s by the mean size', () => {
    const [segment] = segmentsOf({ kind: 'constant', rate: 80e6, unit: 'bytes' }, 3e6, () => 1000)
    expect(segment).toEqual({ from: 0, to: 3e6, start: 80_000, end: 80_000 })
  })
})

describe('pieces without records', () => {
  const onOff = (rate: number, on: number, off: number, times: number) =>
    Array.from({ length: times }, (_, i) => {
      const from = i * (on + off)
      return [
        { from, to: from + on, start: rate, end: rate },
        { from: from + on, to: from + on + off, start: 0, end: 0 },
      ]
    }).flat()

  it('a record on the boundary is at the beginning of the next piece that has any', () => {
    const schedule = createSchedule(onOff(10, 1e6, 4e6, 3))
    expect(schedule.total).toBe(30)
    expect(schedule.at(9)).toBe(900_000)
    expect(schedule.at(10)).toBe(5e6)
    expect(schedule.at(29)).toBe(10.9e6)
    expect(schedule.before(5e6)).toBe(10)
    expect(schedule.due(5e6)).toBe(11)
    expect(schedule.before(4.9e6)).toBe(10)
  })

  it('is so too where rounding leaves the sum of the rates a little above a whole number', () => {
    // 10 × 0.3 records are 2.9999999999999996 or 3.0000000000000004 by the order of adding
    for (const rate of [3, 0.7, 1.1, 33.3]) {
      const schedule = createSchedule(onOff(rate, 100_000, 900_000, 100))
      const whole = rate * 10
      expect(schedule.total).toBe(Math.round(whole))
      for (let k = 0; k < schedule.total; k++) {
        const within = schedule.at(k) % 1e6
        expect(within).toBeLessThan(100_000)
      }
    }
  })

  it('nothing but them is no record', () => {
    const schedule = createSchedule(constant(0, 10))
    expect(schedule.total).toBe(0)
    expect(schedule.due(10e6)).toBe(0)
    expect(schedule.at(0)).toBe(10e6 - 1)
  })

  it('at the beginning and at the end hold none', () => {
    const schedule = createSchedule([
      { from: 0, to: 1e6, start: 0, end: 0 },
      { from: 1e6, to: 2e6, start: 0, end: 10 },
      { from: 2e6, to: 3e6, start: 0, end: 0 },
    ])
    expect(schedule.total).toBe(5)
    expect(schedule.at(0)).toBe(1e6)
    expect(schedule.at(4)).toBeLessThan(2e6)
    expect(schedule.before(1e6)).toBe(0)
  })
})

it('a million pieces add up to the record', () => {
  // each is 0.1 records: added one by one they would be 100,000.0000013
  const pieces = Array.from({ length: 1e6 }, (_, i) => ({
    from: i * 10,
    to: i * 10 + 10,
    start: 1e4,
    end: 1e4,
  }))
  const schedule = createSchedule(pieces)
  expect(schedule.total).toBe(100_000)
  expect(schedule.at(99_999)).toBe(9_999_900)
  expect(schedule.before(5e6)).toBe(50_000)
})

const segments = fc
  .array(
    fc.record({
      us: fc.integer({ min: 1000, max: 5_000_000 }),
      start: rates(),
      end: rates(),
      level: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map(list => {
    let at = 0
    return list.map(({ us, start, end, level }) => {
      const segment = { from: at, to: at + us, start, end: level ? start : end }
      at += us
      return segment
    })
  })
function rates() {
  return fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3000, noNaN: true }))
}
/** Places that never fall, some of them equal, with gaps. */
const places = fc
  .array(
    fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 900, noNaN: true }),
    ),
    {
      minLength: 1,
      maxLength: 200,
    },
  )
  .map(steps => {
    let at = 0
    const all = steps.map(step => (at += step))
    return { at: (n: number) => all[n] ?? at + (n - all.length + 1) }
  })

describe('any composition', () => {
  it('t_sched never falls, and due() and before() count it exactly, in whatever order they are asked', () => {
    fc.assert(
      fc.property(
        segments,
        fc.option(places, { nil: undefined }),
        fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (list, arrivals, shares) => {
          const schedule = createSchedule(list, arrivals)
          const { total, endUs } = schedule
          const times = Array.from({ length: total }, (_, k) => schedule.at(k))
          expect(times.findIndex((t, k) => t < (times[k - 1] ?? 0) || t >= endUs)).toBe(-1)
          for (const share of shares) {
            const now = Math.round(share * endUs)
            expect(schedule.due(now)).toBe(times.filter(t => t <= now).length)
            expect(schedule.before(now)).toBe(times.filter(t => t < now).length)
            const k = Math.floor(Math.min(0.999, Math.max(0, share)) * total)
            if (total > 0) expect(schedule.at(k)).toBe(times[k])
          }
          const area = list.reduce((n, s) => n + (((s.start + s.end) / 2) * (s.to - s.from)) / 1e6, 0)
          if (arrivals === undefined)
            expect(total).toBe(Math.max(0, Math.ceil(area - Math.max(1e-6, area * 1e-12))))
          else {
            if (total > 0) expect(arrivals.at(total - 1)).toBeLessThan(area)
            expect(arrivals.at(total)).toBeGreaterThanOrEqual(area - 1e-5)
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it('is F⁻¹: the integral up to t_sched(k) is k, to the µs', () => {
    fc.assert(
      fc.property(segments, list => {
        const schedule = createSchedule(list)
        let before = 0
        let next = 0
        let wrong = 0
        for (const s of list) {
          const seconds = (s.to - s.from) / 1e6
          const slope = (s.end - s.start) / seconds
          for (; next < schedule.total && schedule.at(next) < s.to; next++) {
            const t = (schedule.at(next) - s.from) / 1e6
            const reached = before + s.start * t + (slope * t * t) / 2
            // half a µs of the highest rate
            if (Math.abs(reached - next) > 1e-6 * Math.max(s.start, s.end) + 1e-5) wrong++
          }
          before += ((s.start + s.end) / 2) * seconds
        }
        expect(wrong).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('threads that ask for their own records alone have the same times', () => {
    fc.assert(
      fc.property(
        segments,
        fc.option(places, { nil: undefined }),
        fc.integer({ min: 1, max: 7 }),
        (list, arrivals, n) => {
          const whole = createSchedule(list, arrivals)
          const threads = Array.from({ length: n }, () => createSchedule(list, arrivals))
          let now = 0
          let others = 0
          for (let k = 0; k < whole.total; k++) {
            const thread = threads[k % n] as typeof whole
            const t = thread.at(k)
            if (t !== whole.at(k)) others++
            now = Math.max(now, t + (k % 3) * 1000)
            if (k % 5 === 0 && thread.due(now) !== whole.due(now)) others++
          }
          expect(others).toBe(0)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('arrivals', () => {
  it('are places on the cumulative-rate axis', () => {
    const schedule = createSchedule(constant(100, 10), { at: n => Math.floor(n / 10) * 10 })
    expect(schedule.total).toBe(1000)
    expect(schedule.at(19)).toBe(schedule.at(10))
    expect(schedule.at(10)).toBe(100_000)
    expect(schedule.due(100_000)).toBe(20)
  })
  it('are asked for a few places when times come in order, and for a few dozen after a jump', () => {
    let asked = 0
    const schedule = createSchedule(constant(1e6, 1000), {
      at(n) {
        asked++
        return n + 0.5
      },
    })
    expect(schedule.total).toBe(1e9)
    expect(asked).toBeLessThan(5)
    const costOf = (time: number) => {
      const before = asked
      schedule.due(time)
      return asked - before
    }
    expect(costOf(500e6)).toBeLessThan(80)
    for (let t = 500e6; t < 500e6 + 100_000; t += 100) expect(costOf(t)).toBeLessThan(20)
  })
  it('that end are no record more', () => {
    const schedule = createSchedule(constant(100, 10), { at: n => (n < 7 ? n : Number.POSITIVE_INFINITY) })
    expect(schedule.total).toBe(7)
    expect(schedule.due(10e6)).toBe(7)
    expect(schedule.at(7)).toBe(10e6 - 1)
  })
  it('that do not grow are refused', () => {
    expect(() => createSchedule(constant(100, 10), { at: () => 0 })).toThrow(/never ends/)
  })
})

it('refuses segments that do not join', () => {
  expect(() => createSchedule([{ from: 5, to: 10, start: 1, end: 1 }])).toThrow(/contiguous/)
})
