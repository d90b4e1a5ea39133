import { describe, expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { normalCdf as cdf, normalQuantile } from '../../../plugins/options/normal.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, kolmogorovSmirnov, normalCdf } from '../statistics.ts'
import { counts, million } from './sizes.ts'

describe('the quantile function', () => {
  it('is the inverse of the distribution function, to the last digits', () => {
    for (let z = -8; z <= 5; z += 0.001) {
      const p = normalCdf(z)
      // what the last digit of p is worth
      const digit = (2 ** -50 * Math.max(p, 1e-300)) / (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI))
      expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(1e-12 + digit)
    }
  })
  it('knows its ends, and the values of tables', () => {
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY])
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14)
    expect(normalQuantile(0.99)).toBeCloseTo(2.3263478740408408, 14)
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 13)
    for (const p of [1e-20, 1e-100, 1e-300]) expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 9)
  })
  it('the distribution function is that of a second implementation', () => {
    for (let z = -9; z <= 9; z += 0.01) expect(Math.abs(cdf(z) - normalCdf(z))).toBeLessThan(2e-14)
  })
})

/** Of a size: the normal distribution within half a byte of it, of what is within half a byte of min and max. */
function share(
  size: number,
  { mean, deviation, min, max }: Record<'mean' | 'deviation' | 'min' | 'max', number>,
) {
  const below = (bytes: number) => normalCdf((bytes - mean) / deviation)
  return (below(size + 0.5) - below(size - 0.5)) / (below(max + 0.5) - below(min - 0.5))
}

it.each([
  { mean: 1000, deviation: 100, min: 0, max: 100_000 },
  { mean: 100, deviation: 30, min: 50, max: 120 },
  { mean: 10, deviation: 50, min: 0, max: 400 },
  { mean: 500, deviation: 100, min: 720, max: 900 },
  { mean: 50, deviation: 1, min: 50, max: 52 },
])('about $mean ± $deviation from $min to $max: each size as often as it should be', async options => {
  const { min, max } = options
  const drawn = await million([sizes.normal(options)])
  const high = Math.min(max, 2000)
  const shares = Array.from({ length: high - min + 1 }, (_, i) => share(min + i, options))
  const cells = counts(drawn, min, high)
  expect(chiSquare(cells, [...shares, 0]).p).toBeGreaterThan(ALPHA)
})
it('has the distribution in its tails, too, where sizes are many', async () => {
  const drawn = await million([sizes.normal({ mean: '1MiB', deviation: '100KiB' })])
  const fit = kolmogorovSmirnov(drawn, x => normalCdf((x + 0.5 - 2 ** 20) / 102_400), 1)
  expect(fit.p).toBeGreaterThan(ALPHA)
})
it('notices a distribution that is another one', async () => {
  const drawn = await million([sizes.normal({ mean: '1MiB', deviation: '100KiB' })])
  expect(kolmogorovSmirnov(drawn, x => normalCdf((x + 0.5 - 2 ** 20) / 104_000), 1).p).toBeLessThan(ALPHA)
})
it.each([
  [{ mean: 100, deviation: 10, min: 300, max: 200 }, ['sizes.normal.min: expected a size of at most max']],
  [
    { mean: 100, deviation: 10, min: 200 },
    ['sizes.normal.min: expected min and max with at least 1 % of the distribution between them'],
  ],
  [
    { mean: 100, deviation: 0 },
    [expect.stringContaining('sizes.normal.deviation: expected a size from 1B to 64MiB')],
  ],
])('refuses %o', async (options, faults) => {
  expect(await faultsOf([sizes.normal(options)])).toEqual(faults)
})
