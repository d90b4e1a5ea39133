import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Segment } from '../../../core/index.ts'
import { multiply } from '../../../plugins/load/piecewise.ts'
import { areaOf, rateAt } from './plan.ts'

const END = 10e6
const line = fc
  .array(
    fc.record({
      us: fc.integer({ min: 1, max: 3_000_000 }),
      start: fc.double({ min: 0, max: 10, noNaN: true }),
      end: fc.double({ min: 0, max: 10, noNaN: true }),
      level: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(list => {
    const pieces: Segment[] = []
    for (const { us, start, end, level } of [...list, { us: END, start: 1, end: 2, level: false }]) {
      const from = pieces.at(-1)?.to ?? 0
      if (from < END) pieces.push({ from, to: Math.min(END, from + us), start, end: level ? start : end })
    }
    return pieces
  })

it('is the product: to the record in sum, within a thousandth of the peak at any time, and whole', () => {
  fc.assert(
    fc.property(line, line, (a, b) => {
      const product = multiply(a, b)
      let at = 0
      for (const { from, to, start, end } of product) {
        expect(from).toBe(at)
        expect(to).toBeGreaterThan(from)
        expect(Math.min(start, end)).toBeGreaterThanOrEqual(0)
        at = to
      }
      expect(at).toBe(END)

      // a parabola on each common piece: Simpson's rule has its area exactly
      const cuts = [...new Set([0, ...a.map(s => s.to), ...b.map(s => s.to)])].sort((x, y) => x - y)
      let area = 0
      for (const [i, to] of cuts.entries()) {
        const from = cuts[i - 1]
        if (from === undefined) continue
        // just within, where both are what they are on this piece
        const value = (share: number) => {
          const t = Math.min(
            to - (to - from) * 1e-9,
            Math.max(from + (to - from) * 1e-9, from + (to - from) * share),
          )
          return rateAt(a, t / 1e6) * rateAt(b, t / 1e6)
        }
        area += ((value(0) + 4 * value(0.5) + value(1)) / 6) * ((to - from) / 1e6)
        const peak = Math.max(...Array.from({ length: 101 }, (_, n) => value(n / 100)))
        for (let n = 1; n < 40; n++) {
          const t = (from + ((to - from) * n) / 40) / 1e6
          const error = Math.abs(rateAt(product, t) - rateAt(a, t) * rateAt(b, t))
          expect(error).toBeLessThanOrEqual(1.01e-3 * peak + 1e-9)
        }
      }
      expect(areaOf(product)).toBeCloseTo(area, 5)
    }),
    { numRuns: 200 },
  )
})

it('of what is level is exact, and takes no more pieces than it has to', () => {
  const ramp = [{ from: 0, to: 10, start: 0, end: 10 }]
  const level = [
    { from: 0, to: 4, start: 2, end: 2 },
    { from: 4, to: 10, start: 0, end: 0 },
  ]
  expect(multiply(ramp, level)).toEqual([
    { from: 0, to: 4, start: 0, end: 8 },
    { from: 4, to: 10, start: 0, end: 0 },
  ])
})

it('of two ramps takes 19 pieces up, and 37 where one goes down', () => {
  const up = [{ from: 0, to: 1e6, start: 0, end: 100 }]
  const down = [{ from: 0, to: 1e6, start: 100, end: 0 }]
  expect(multiply(up, up)).toHaveLength(19)
  expect(multiply(up, down)).toHaveLength(37)
})
