import { expect, it } from 'vitest'
import { partitions } from '../../../plugins/index.ts'
import { counted, draws, faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([
  [0, 4],
  [0.5, 12],
  [1, 2],
  [1, 100],
  [1.5, 12],
  [3, 1000],
])('skew %d over %d partitions', async (skew, count) => {
  const drawn = await draws([partitions.imbalanced({ skew })])
  const counts = counted(DRAWS, count, i => drawn.partition(i, count) ?? -1)
  const weights = Array.from({ length: count }, (_, p) => (p + 1) ** -skew)
  const sum = weights.reduce((all, w) => all + w, 0)
  expect(chiSquare(counts, [...weights.map(w => w / sum), 0]).p).toBeGreaterThan(ALPHA)
})
it('takes the partitions as they are, when there are more of them too', async () => {
  const drawn = await draws([partitions.imbalanced()])
  for (const count of [1, 2, 3, 2]) {
    const counts = counted(1000, count, i => drawn.partition(i, count) ?? -1)
    expect([...counts].every((n, p) => n > 0 === p < count)).toBe(true)
  }
})
it.each([-1, 101, '1' as never])('refuses a skew of %j', async skew => {
  expect(await faultsOf([partitions.imbalanced({ skew })])).toEqual([
    'partitions.imbalanced.skew: expected a number from 0 to 100',
  ])
})
