import { expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare } from '../statistics.ts'
import { counts, million } from './sizes.ts'

it.each([[{ '100B': 70, '1KiB': 25, '64KiB': 5 }], [{ '100B': '70%', '1KiB': '25%', '64KiB': '5%' }]])(
  'has sizes in proportion to their weights: %o',
  async written => {
    const drawn = await million([sizes.histogram({ sizes: written })])
    const cells = [100, 1024, 65_536].map(size => drawn.filter(s => s === size).length)
    expect(cells.reduce((a, b) => a + b)).toBe(1e6)
    expect(chiSquare(cells, [0.7, 0.25, 0.05]).p).toBeGreaterThan(ALPHA)
  },
)
it('is uniform within a range, and adds up where ranges overlap', async () => {
  const drawn = await million([sizes.histogram({ sizes: { '10-19': 1, '15-24B': 3, 30: 1, '5B': 0 } })])
  const cells = counts(drawn, 0, 30)
  const shares = Array.from(
    cells,
    (_, n) => (n >= 10 && n <= 19 ? 0.02 : 0) + (n >= 15 && n <= 24 ? 0.06 : 0) + (n === 30 ? 0.2 : 0),
  )
  expect(chiSquare(cells, shares).p).toBeGreaterThan(ALPHA)
})
it('is exact for a thousand sizes of all weights', async () => {
  const weights = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 37) % 100) ** 2)
  const sum = weights.reduce((a, b) => a + b)
  const written = Object.fromEntries(weights.map((weight, i) => [`${i}B`, weight]))
  const cells = counts(await million([sizes.histogram({ sizes: written })]), 0, 999)
  expect(chiSquare(cells, [...weights.map(w => w / sum), 0]).p).toBeGreaterThan(ALPHA)
})

const RANGE =
  "expected a size or a range of sizes from 0B to 64MiB, such as '1KiB', '1KiB-4KiB' or 800 (bytes)"
it.each<[Record<string, number | string>, string[]]>([
  [{ '4KiB-1KiB': 1 }, [`sizes.histogram.sizes.4KiB-1KiB: ${RANGE}`]],
  [
    { large: 1, '1GiB': 1, '1-2-3': 1 },
    ['large', '1GiB', '1-2-3'].map(k => `sizes.histogram.sizes.${k}: ${RANGE}`),
  ],
  [{ '1KiB': 0 }, ['sizes.histogram.sizes: expected a weight above 0']],
  [
    { '1KiB': '60%', '2KiB': '30%' },
    ['sizes.histogram.sizes: expected shares that add up to 100 %, not to 90 %'],
  ],
  [{ '1KiB': -1 }, [expect.stringMatching(/^sizes.histogram.sizes.1KiB: expected a number from 0 on/)]],
  [{}, [expect.stringMatching(/^sizes.histogram.sizes: expected 1 to 10000 sizes or ranges/)]],
])('refuses %o', async (written, faults) => {
  expect(await faultsOf([sizes.histogram({ sizes: written })])).toEqual(faults)
})
