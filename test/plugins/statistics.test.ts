/** The tests' own tests, against tables: a p-value that is always 1 would pass everything. */
import { describe, expect, it } from 'vitest'
import {
  ALPHA,
  chiSquare,
  chiSquareTail,
  kolmogorovSmirnov,
  kolmogorovSmirnovOfTwo,
  kolmogorovTail,
  logGamma,
  normalCdf,
} from './statistics.ts'

// R: pchisq(x, k, lower.tail = FALSE)
it.each([
  [3.841458820694124, 1, 0.05],
  [11.344866730144373, 3, 0.01],
  [18.307038053275146, 10, 0.05],
  [124.34211340400407, 100, 0.05],
  [0, 4, 1],
])('P(X ≥ %d) of a chi-square distribution with %d degrees of freedom is %d', (x, degrees, p) => {
  expect(chiSquareTail(x, degrees)).toBeCloseTo(p, 12)
})
it.each([1e3, 1e5, 1e6])('a chi-square distribution with %d degrees is nearly normal', degrees => {
  // Wilson & Hilferty
  const at = (z: number) => degrees * (1 - 2 / (9 * degrees) + z * Math.sqrt(2 / (9 * degrees))) ** 3
  for (const z of [-3, -1, 0, 1, 3]) expect(chiSquareTail(at(z), degrees)).toBeCloseTo(1 - normalCdf(z), 4)
})
it.each([
  [1.3580986393225507, 0.05],
  [1.6276236115189504, 0.01],
  [0.8275735551899077, 0.5],
  [0.5, 0.9639452436648751],
])("P(K ≥ %d) of Kolmogorov's distribution is %d", (t, p) => {
  // so many draws that the correction for few is nothing
  expect(kolmogorovTail(t / 1e7, 1e14)).toBeCloseTo(p, 6)
})
it.each([
  [1, 0],
  [0.5, Math.log(Math.sqrt(Math.PI))],
  [11, Math.log(3_628_800)],
  [0.1, 2.252712651734206],
])('ln Γ(%d) is %d', (x, value) => expect(logGamma(x)).toBeCloseTo(value, 12))
it.each([
  [0, 0.5],
  [1.959963984540054, 0.975],
  [-3.090232306167813, 0.001],
])('Φ(%d) is %d', (z, p) => expect(normalCdf(z)).toBeCloseTo(p, 12))

describe('chi-square', () => {
  const even = [0.25, 0.25, 0.25, 0.25]
  it('takes counts as they are to be expected', () => {
    expect(chiSquare([2500, 2540, 2480, 2480], even)).toMatchObject({ degrees: 3 })
    expect(chiSquare([2500, 2540, 2480, 2480], even).p).toBeCloseTo(0.8109, 3)
  })
  it('refuses counts that are off by three in a hundred', () =>
    expect(chiSquare([25_750, 24_750, 24_750, 24_750], even).p).toBeLessThan(ALPHA))
  it('refuses counts that are too good: never', () =>
    expect(
      chiSquare(
        [1, 1, 1, 1].map(n => n * 1e6),
        even,
      ).p,
    ).toBe(1))
  it('puts cells together that are too small, and hides nothing in them', () => {
    expect(chiSquare([50, 46, 3, 1], [0.5, 0.46, 0.03, 0.01]).degrees).toBe(1)
    expect(chiSquare([50, 50, 0, 0], [0.5, 0.5, 0, 0]).p).toBeGreaterThan(ALPHA)
    expect(chiSquare([50, 46, 3, 1], [0.5, 0.47, 0.03, 0]).p).toBe(0)
    expect(chiSquare([1, 50, 49], [0, 0.5, 0.5]).p).toBe(0)
  })
  it('counts a fitted parameter', () => expect(chiSquare([25, 25, 25, 25], even, 1).degrees).toBe(2))
  it.each([
    [[1, 2], [1], '2 counts for 1'],
    [[0, 0], [0.5, 0.5], 'no draws'],
    [[5, 5], [0.5, 0.4], 'add up to 0.9'],
    [[10, 0], [1, 0], 'too few'],
  ])('refuses %j in cells of %j', (observed, probabilities, message) =>
    expect(() => chiSquare(observed, probabilities)).toThrow(message),
  )
})

describe('Kolmogorov–Smirnov', () => {
  const n = 10_000
  const even = Float64Array.from({ length: n }, (_, i) => ((i * 0.6180339887498949) % 1) as number)
  const uniform = (x: number) => Math.min(1, Math.max(0, x))
  it('takes draws of the distribution, refuses others', () => {
    expect(kolmogorovSmirnov(even, uniform).p).toBeGreaterThan(0.5)
    expect(
      kolmogorovSmirnov(
        even.map(x => x ** 1.1),
        uniform,
      ).p,
    ).toBeLessThan(ALPHA)
  })
  it('takes draws of whole numbers', () => {
    const die = even.map(x => 1 + Math.floor(6 * x))
    const cdf = (x: number) => Math.min(1, Math.max(0, Math.floor(x) / 6))
    expect(kolmogorovSmirnov(die, cdf, 1).p).toBeGreaterThan(0.5)
    expect(
      kolmogorovSmirnov(
        die.map(x => Math.max(2, x)),
        cdf,
        1,
      ).p,
    ).toBeLessThan(ALPHA)
    expect(
      kolmogorovSmirnov(
        die.map(x => Math.min(5, x)),
        cdf,
        1,
      ).p,
    ).toBeLessThan(ALPHA)
  })
  it('tells two sets of draws apart', () => {
    const others = Float64Array.from({ length: n }, (_, i) => (i * 0.7548776662466927) % 1)
    expect(kolmogorovSmirnovOfTwo(even, others).p).toBeGreaterThan(0.5)
    expect(
      kolmogorovSmirnovOfTwo(
        even,
        others.map(x => 0.05 + 0.95 * x),
      ).p,
    ).toBeLessThan(ALPHA)
  })
})
