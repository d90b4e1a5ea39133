import { expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, kolmogorovSmirnov, normalCdf } from '../statistics.ts'
import { counts, million } from './sizes.ts'

const below = (bytes: number, median: number, p99: number) =>
  bytes <= 0 ? 0 : normalCdf((Math.log(bytes / median) / Math.log(p99 / median)) * 2.3263478740408408)

it('has the median and the p99 that were asked for', async () => {
  const drawn = (await million([sizes.lognormal({ median: '800B', p99: '8KiB' })])).sort()
  // 1e6 draws: the median is within 0.2 %, the p99 within 0.5 %
  expect((drawn[500_000] as number) / 800).toBeCloseTo(1, 2)
  expect((drawn[990_000] as number) / 8192).toBeCloseTo(1, 2)
})
it.each([
  [800, 8192],
  [100, 150],
  [10_000, 10_000_000],
])('is lognormal: median %s, p99 %s', async (median, p99) => {
  const drawn = await million([sizes.lognormal({ median, p99 })])
  const all = below(2 ** 26 + 0.5, median, p99)
  expect(kolmogorovSmirnov(drawn, x => below(x + 0.5, median, p99) / all, 1).p).toBeGreaterThan(ALPHA)
})
it('between min and max each size comes as often as it should, and none piles up at the ends', async () => {
  const [median, p99, min, max] = [200, 2000, 100, 600]
  const cells = counts(await million([sizes.lognormal({ median, p99, min, max })]), min, max)
  const all = below(max + 0.5, median, p99) - below(min - 0.5, median, p99)
  const shares = Array.from(
    { length: max - min + 1 },
    (_, i) => (below(min + i + 0.5, median, p99) - below(min + i - 0.5, median, p99)) / all,
  )
  expect(chiSquare(cells, [...shares, 0]).p).toBeGreaterThan(ALPHA)
})
it.each([
  [{ median: '8KiB', p99: '8KiB' }, ['sizes.lognormal.p99: expected a size above median']],
  [{ median: 100, p99: 200, min: 10, max: 5 }, ['sizes.lognormal.min: expected a size of at most max']],
  [
    { median: 100, p99: 200, min: '1MiB' },
    ['sizes.lognormal.min: expected min and max with at least 1 % of the distribution between them'],
  ],
])('refuses %o', async (options, faults) => {
  expect(await faultsOf([sizes.lognormal(options)])).toEqual(faults)
})
