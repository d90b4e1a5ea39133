import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS, kolmogorovSmirnov } from '../statistics.ts'

it.each([2, 100, 1000])('is uniform over %d keys', async cardinality => {
  const drawn = await draws([keys.random({ cardinality })])
  const counts = counted(DRAWS, cardinality, drawn.number)
  const shares = Array.from(counts, (_, i) => (i < cardinality ? 1 / cardinality : 0))
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it.each([1e9, 2 ** 40, 2 ** 53])('is uniform over %d keys', async cardinality => {
  const drawn = await draws([keys.random({ cardinality })])
  const sample = Float64Array.from({ length: DRAWS }, (_, i) => drawn.number(i))
  expect(sample.every(key => Number.isSafeInteger(key) && key >= 0 && key < cardinality)).toBe(true)
  expect(kolmogorovSmirnov(sample, x => (x + 1) / cardinality, 1).p).toBeGreaterThan(ALPHA)
})
it('is another one for another seed, and for another stream of the same run', async () => {
  const some = async (config: object) => {
    const drawn = await draws([keys.random()], config)
    return Array.from({ length: 20 }, (_, i) => drawn.key(i))
  }
  expect(await some({ seed: 1 })).toEqual(await some({}))
  expect(await some({ seed: 2 })).not.toEqual(await some({}))
  expect(await some({ streams: { audit: {} } })).not.toEqual(await some({}))
})
