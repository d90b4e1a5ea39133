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

const segments = fc
  .array(
    fc.record({
      us: fc.integer({ min: 1000, max: 5_000_000 }),
      start: fc.double({ min: 0, max: 5000, noNaN: true }),
      end: fc.double({ min: 0, max: 5000, noNaN: true }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(list => {
    let at = 0
    return list.map(({ us, start, end }) => {
      const segment = { from: at, to: at + us, start, end }
      at += us
      return segment
    })
  })

describe('any composition', () => {
  it('t_sched never falls, and due() and before() count it exactly', () => {
    fc.assert(
      fc.property(segments, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const schedule = createSchedule(list)
        const times = Array.from({ length: schedule.total }, (_, k) => schedule.at(k))
        for (let k = 1; k < times.length; k++) expect(times[k]).toBeGreaterThanOrEqual(times[k - 1] as number)
        for (const t of times) expect(t).toBeLessThan(schedule.endUs)
        const now = Math.round(share * schedule.endUs)
        expect(schedule.due(now)).toBe(times.filter(t => t <= now).length)
        expect(schedule.before(now)).toBe(times.filter(t => t < now).length)
        const area = list.reduce((n, s) => n + (((s.start + s.end) / 2) * (s.to - s.from)) / 1e6, 0)
        expect(Math.abs(schedule.total - area)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
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
  it('that do not grow are refused', () => {
    expect(() => createSchedule(constant(100, 10), { at: () => 0 })).toThrow(/never ends/)
  })
})

it('refuses segments that do not join', () => {
  expect(() => createSchedule([{ from: 5, to: 10, start: 1, end: 1 }])).toThrow(/contiguous/)
})
