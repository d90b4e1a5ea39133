import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../core/api.ts'
import { follow, offered } from '../../../core/cli/plan/offered.ts'
import { createSchedule } from '../../../core/schedule.ts'

const level = (from: number, to: number, rate: number): Segment => ({
  from: from * 1e6,
  to: to * 1e6,
  start: rate,
  end: rate,
})
/** Up to six pieces, level, rising or falling, with pauses among them. */
const segments = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 20_000_000 }),
      fc.constantFrom(0, 0.5, 10, 900, 5000),
      fc.constantFrom(0, 1, 100, 7000),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map(pieces => {
    let at = 0
    return pieces.map(([us, start, end]): Segment => {
      const piece = { from: at, to: at + us, start, end }
      at += us
      return piece
    })
  })

describe('what is offered', () => {
  it('has every record in one of its columns', () => {
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 100 }), (pieces, width) => {
        const schedule = createSchedule(pieces)
        const { columns, records, endUs } = offered(schedule, width)
        const sum = columns.reduce((all, rate) => all + (rate * endUs) / width / 1e6, 0)
        expect(columns).toHaveLength(width)
        // the last record stands for a part of a second that lies beyond the end
        expect(sum).toBeLessThanOrEqual(records + 1e-6)
        expect(sum).toBeGreaterThan(records - 1 - 1e-6)
      }),
    )
  })

  it('has in no column more than in the busiest window of it', () => {
    fc.assert(
      fc.property(segments, pieces => {
        const { columns, peaks, peak } = offered(createSchedule(pieces), 60)
        for (const [i, rate] of columns.entries())
          expect(rate).toBeLessThanOrEqual((peaks[i] as number) * 1.0001)
        expect(peak).toBe(Math.max(...peaks))
      }),
    )
  })

  it('of an even rate is level, however few records a column has', () => {
    for (const rate of [3, 50, 999.5, 200_000]) {
      const { columns, peaks } = offered(createSchedule([level(0, 30, rate)]), 68)
      for (const column of columns) expect(column / rate).toBeCloseTo(1, 2)
      for (const window of peaks) expect(window / rate).toBeCloseTo(1, 2)
    }
  })

  it('shows a burst that is shorter than a column', () => {
    const burst = [level(0, 1000, 100), level(1000, 1005, 5000), level(1005, 3600, 100)]
    const { columns, peaks, peak, windowUs } = offered(createSchedule(burst), 68)
    const column = Math.floor((1000 / 3600) * 68)
    expect(columns[column]).toBeLessThan(700)
    expect(peaks[column]).toBe(peak)
    expect(peak).toBeGreaterThan(2000)
    expect(windowUs).toBeLessThan(5e6)
  })

  it('of a schedule without records is nothing', () => {
    const none = { total: 0, endUs: 1e6, at: () => 0, due: () => 0, before: () => 0 }
    expect(offered(none, 10)).toMatchObject({ records: 0, mean: 0, peak: 0, columns: Array(10).fill(0) })
  })
})

it('follows any schedule to the record', () => {
  fc.assert(
    fc.property(
      segments,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }),
      (pieces, at) => {
        const schedule = createSchedule(pieces)
        const reached = follow(schedule)
        let last = 0
        let unseen = 0
        for (const share of at.sort((a, b) => a - b)) {
          const time = share * schedule.endUs
          const exact = schedule.before(time)
          const told = reached(time)
          expect(told).toBeLessThanOrEqual(exact)
          // a ten-thousandth of the window before is not looked for
          expect(told).toBeGreaterThan(exact - 1 - unseen - 1e-9)
          unseen = Math.ceil((exact - last) * 1e-4)
          last = exact
        }
      },
    ),
  )
})
