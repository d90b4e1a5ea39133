import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'
import { cellOf, cellsOf, powerSum } from './power-sums.ts'

const SKEWS = [0, 1e-6, 0.5, 0.99, 1, 1 + 1e-9, 1.1, 2, 5]
const CARDINALITIES = [2, 10, 1000, 1e6, 2 ** 53]

it.each(SKEWS.flatMap(skew => CARDINALITIES.map(cardinality => ({ skew, cardinality }))))(
  'skew $skew over $cardinality keys is exact',
  async ({ skew, cardinality }) => {
    const drawn = await draws([keys.zipf({ skew, cardinality })])
    const ends = cellsOf(cardinality)
    const counts = ends.map(() => 0)
    let beyond = 0
    for (let i = 0; i < DRAWS; i++) {
      const key = drawn.number(i)
      if (key < 0 || key >= cardinality || !Number.isSafeInteger(key)) beyond++
      const cell = cellOf(key + 1, ends)
      counts[cell] = (counts[cell] as number) + 1
    }
    expect(beyond).toBe(0)
    const all = powerSum(1, cardinality, skew)
    const shares = ends.map((end, i) => powerSum((ends[i - 1] ?? 0) + 1, end, skew) / all)
    expect(chiSquare(counts, shares).p).toBeGreaterThan(ALPHA)
  },
)

it('has the first keys of the law, in their order: zipf 1.1 over a million', async () => {
  const drawn = await draws([keys.zipf({ cardinality: 1e6, skew: 1.1 })])
  const counts = Array.from({ length: 5 }, () => 0)
  for (let i = 0; i < DRAWS; i++) {
    const key = drawn.number(i)
    if (key < 5) counts[key] = (counts[key] as number) + 1
  }
  // 1/ζ, and what 2^−1.1 … 5^−1.1 leave of it
  const first = 1 / powerSum(1, 1e6, 1.1)
  expect(first).toBeCloseTo(0.1239, 4)
  for (const [i, n] of counts.entries()) expect(n / DRAWS / (first * (i + 1) ** -1.1)).toBeCloseTo(1, 1)
  expect(counts).toEqual([...counts].sort((a, b) => b - a))
})

it.each([
  ['one key', { cardinality: 1, skew: 1 }],
  ['a skew of 100', { cardinality: 2 ** 53, skew: 100 }],
])('%s: all records have key 0', async (_, options) => {
  const drawn = await draws([keys.zipf(options)])
  for (let i = 0; i < 10_000; i++) expect(drawn.key(i)).toBe(0)
})

it.each([0.01, 0.5, 1])(
  'has odd and even keys beyond 2^52, where halves are no numbers: skew %d',
  async skew => {
    const drawn = await draws([keys.zipf({ cardinality: 2 ** 53, skew })])
    const beyond = Array.from({ length: 100_000 }, (_, i) => drawn.number(i)).filter(key => key > 2 ** 52)
    const counts = [0, 1].map(rest => beyond.filter(key => key % 2 === rest).length)
    expect(chiSquare(counts, [0.5, 0.5]).p).toBeGreaterThan(ALPHA)
  },
)

it('without options is a million keys of skew 1', async () => {
  const [plain, written] = [
    await draws([keys.zipf()]),
    await draws([keys.zipf({ cardinality: 1e6, skew: 1 })]),
  ]
  for (let i = 0; i < 1000; i++) expect(plain.key(i)).toBe(written.key(i))
})
