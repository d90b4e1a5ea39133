import { expect, it } from 'vitest'
import { sizes } from '../../../plugins/index.ts'
import { faultsOf } from '../draws.ts'
import { ALPHA, chiSquare } from '../statistics.ts'
import { counts, million } from './sizes.ts'

it.each([
  [100, 199],
  [0, 1],
  [1000, 1000],
  [4096, 6095],
])('from %s to %s, each as often as any other', async (min, max) => {
  const cells = counts(await million([sizes.uniform({ min, max })]), min, max)
  const shares = Array.from(cells, (_, i) => (i <= max - min ? 1 / (max - min + 1) : 0))
  if (min === max) expect(cells[0]).toBe(1e6)
  else expect(chiSquare(cells, shares).p).toBeGreaterThan(ALPHA)
})
it('refuses a min above max', async () => {
  expect(await faultsOf([sizes.uniform({ min: '2KiB', max: '1KiB' })])).toEqual([
    'sizes.uniform.min: expected a size of at most max',
  ])
})
