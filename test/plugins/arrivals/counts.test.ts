import { expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { coins, spanCount } from '../../../plugins/arrivals/counts.ts'
import { ALPHA, chiSquare, logGamma } from '../statistics.ts'

/** Counts of draws in `cells` cells from `low` on, and one for all the rest. */
function cellsOf(
  draw: (n: number) => number,
  draws: number,
  low: number,
  cells: number,
  pmf: (k: number) => number,
) {
  const counts = new Array<number>(cells + 1).fill(0)
  for (let n = 0; n < draws; n++) {
    const k = draw(n) - low
    const cell = k >= 0 && k < cells ? k : cells
    counts[cell] = (counts[cell] as number) + 1
  }
  const expected = Array.from({ length: cells }, (_, i) => pmf(low + i))
  return chiSquare(counts, [...expected, Math.max(0, 1 - expected.reduce((a, b) => a + b, 0))])
}

const poisson = (mean: number) => (k: number) => Math.exp(k * Math.log(mean) - mean - logGamma(k + 1))
it.each([10, 37.5, 1000, 2 ** 18])('counts of mean %d are Poisson', mean => {
  const random = createRandom(1, 'orders', 'count')
  const width = Math.ceil(Math.sqrt(mean))
  const low = Math.max(0, Math.floor(mean - 4.5 * width))
  const draw = (n: number) => {
    random.seek(n)
    return spanCount(mean, random)
  }
  const draws = mean > 1e5 ? 400_000 : 1_000_000
  expect(cellsOf(draw, draws, low, 9 * width, poisson(mean)).p).toBeGreaterThan(ALPHA)
})

const binomial = (n: number) => (k: number) =>
  Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) - n * Math.LN2)
it.each([1, 7, 32, 33, 700])('heads of %d coins are binomial', n => {
  const random = createRandom(1, 'orders', 'split')
  const low = Math.max(0, Math.floor(n / 2 - 5 * Math.sqrt(n)))
  const draw = (i: number) => {
    random.seek(i)
    return coins(n, random)
  }
  expect(
    cellsOf(draw, 1_000_000, low, Math.min(n + 1 - low, Math.ceil(10 * Math.sqrt(n))), binomial(n)).p,
  ).toBeGreaterThan(ALPHA)
})
it('no coins are no heads', () => {
  expect(coins(0, createRandom(1, 'orders', 'split'))).toBe(0)
})
