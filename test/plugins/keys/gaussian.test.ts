import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS, kolmogorovSmirnov, normalCdf } from '../statistics.ts'

/** Of the normal distribution, wound around the ring of keys. */
function wrapped(
  key: number,
  { cardinality, mean, deviation }: { cardinality: number; mean: number; deviation: number },
) {
  let share = 0
  const turns = Math.ceil((9 * deviation) / cardinality) + 1
  for (let turn = -turns; turn <= turns; turn++) {
    const place = key + turn * cardinality - mean
    share += normalCdf((place + 0.5) / deviation) - normalCdf((place - 0.5) / deviation)
  }
  return share
}

it.each([
  { cardinality: 1000, mean: 500, deviation: 40 },
  { cardinality: 1000, mean: 0, deviation: 15 },
  { cardinality: 1000, mean: 999, deviation: 15.5 },
  { cardinality: 100, mean: 33.25, deviation: 60 },
  { cardinality: 7, mean: 2, deviation: 0.4 },
  { cardinality: 20, mean: 10, deviation: 20 },
])('is the normal distribution around a ring: %o', async options => {
  const drawn = await draws([keys.gaussian(options)])
  const counts = counted(DRAWS, options.cardinality, drawn.number)
  const shares = Array.from(counts, (_, key) => (key < options.cardinality ? wrapped(key, options) : 0))
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it('without a mean lies in the middle', async () => {
  const options = { cardinality: 10, deviation: 1 }
  const drawn = await draws([keys.gaussian(options)])
  const counts = counted(DRAWS, 10, drawn.number)
  const shares = Array.from(counts, (_, key) => (key < 10 ? wrapped(key, { ...options, mean: 4.5 }) : 0))
  expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
})
it('works with 2^53 keys', async () => {
  const [cardinality, deviation] = [2 ** 53, 2 ** 48]
  const drawn = await draws([keys.gaussian({ cardinality, deviation })])
  const sample = Float64Array.from({ length: DRAWS }, (_, i) => drawn.number(i))
  expect(sample.every(key => Number.isSafeInteger(key) && key >= 0)).toBe(true)
  expect(kolmogorovSmirnov(sample, x => normalCdf((x - 2 ** 52) / deviation)).p).toBeGreaterThan(ALPHA)
})
it('has odd and even keys beyond 2^52, where halves are no numbers', async () => {
  const drawn = await draws([
    keys.gaussian({ cardinality: 2 ** 53, mean: 0.75 * 2 ** 53, deviation: 2 ** 45 }),
  ])
  const odd = Array.from({ length: 10_000 }, (_, i) => drawn.number(i) % 2)
  expect(
    chiSquare(
      counted(10_000, 2, i => odd[i]!),
      [0.5, 0.5, 0],
    ).p,
  ).toBeGreaterThan(ALPHA)
})
it('with a deviation of 0 is one key', async () => {
  const drawn = await draws([keys.gaussian({ cardinality: 100, mean: 7, deviation: 0 })])
  for (let i = 0; i < 1000; i++) expect(drawn.key(i)).toBe(7)
})
it('stays on the ring where doubles are rounded', async () => {
  const cardinality = 2 ** 53 - 3
  const drawn = await draws([keys.gaussian({ cardinality, deviation: cardinality })])
  for (let i = 0; i < 100_000; i++) {
    const key = drawn.number(i)
    if (!Number.isSafeInteger(key) || key < 0 || key >= cardinality) expect(key).toBe('a key')
  }
})
