import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS, kolmogorovSmirnov } from '../statistics.ts'

describe('each key once', () => {
  it.each([1, 2, 3, 4, 5, 7, 16, 17, 100, 1000, 4096, 99_991])(
    'of %d, then again in the same order',
    async cardinality => {
      const drawn = await draws([keys.hash({ cardinality })])
      const round = Array.from({ length: cardinality }, (_, i) => drawn.number(i))
      expect(round.every(key => key >= 0 && key < cardinality)).toBe(true)
      expect(new Set(round).size).toBe(cardinality)
      for (let i = 0; i < Math.min(cardinality, 1000); i++) expect(drawn.key(cardinality + i)).toBe(round[i])
    },
  )
  it.each([1e6 + 1, 2 ** 31, 2 ** 40 - 1, 2 ** 53])('of the first million of %d', async cardinality => {
    const drawn = await draws([keys.hash({ cardinality })])
    const seen = new Set<number>()
    for (let i = 0; i < DRAWS; i++) seen.add(drawn.number(i))
    expect(seen.size).toBe(DRAWS)
    for (const key of seen)
      if (!Number.isSafeInteger(key) || key < 0 || key >= cardinality) expect(key).toBe('in range')
  })
  it('of any records, of any cardinality', async () => {
    const indices = fc.uniqueArray(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), {
      minLength: 50,
      maxLength: 200,
    })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2 ** 32, max: 2 ** 53 }), indices, async (cardinality, some) => {
        const drawn = await draws([keys.hash({ cardinality })])
        const within = [...new Set(some.map(i => i % cardinality))]
        const found = within.map(i => drawn.number(i))
        expect(new Set(found).size).toBe(within.length)
        expect(found.every(key => key >= 0 && key < cardinality)).toBe(true)
      }),
      { numRuns: 50, seed: 1 },
    )
  })
})

describe('looks random', () => {
  it.each([2 ** 32, 1e12, 2 ** 53])('over %d keys', async cardinality => {
    const drawn = await draws([keys.hash({ cardinality })])
    const sample = Float64Array.from({ length: DRAWS }, (_, i) => drawn.number(i))
    expect(kolmogorovSmirnov(sample, x => (x + 1) / cardinality, 1).p).toBeGreaterThan(ALPHA)
    const tenth = Array.from({ length: 11 }, (_, i) => (i < 10 ? 0.1 : 0))
    const last = counted(DRAWS, 10, i => (sample[i] as number) % 10)
    expect(chiSquare(last, tenth).p).toBeGreaterThan(ALPHA)
    // of a key and the next one, sixteen parts each
    const part = (i: number) => Math.floor(((sample[i % DRAWS] as number) / cardinality) * 16)
    const pairs = counted(DRAWS, 256, i => 16 * part(i) + part(i + 1))
    expect(
      chiSquare(
        pairs,
        Array.from(pairs, (_, i) => (i < 256 ? 1 / 256 : 0)),
      ).p,
    ).toBeGreaterThan(ALPHA)
    // and how far one is from the next
    const apart = counted(DRAWS, 64, i => {
      const distance = (sample[(i + 1) % DRAWS] as number) - (sample[i] as number)
      return Math.floor((((distance + cardinality) % cardinality) / cardinality) * 64)
    })
    expect(
      chiSquare(
        apart,
        Array.from(apart, (_, i) => (i < 64 ? 1 / 64 : 0)),
      ).p,
    ).toBeGreaterThan(ALPHA)
  })
  it('and otherwise with another seed', async () => {
    const [one, two] = [await draws([keys.hash()]), await draws([keys.hash()], { seed: 2 })]
    expect(one.key(0)).not.toBe(two.key(0))
  })
})

it.each([
  [1, 1],
  [16, 1],
  [17, 2],
  [2 ** 32, 8],
  [2 ** 32 + 1, 9],
  [2 ** 53, 14],
])('hex of %d keys has %d digits, the same number as the decimal one', async (cardinality, length) => {
  const [hex, digits] = [
    await draws([keys.hash({ cardinality, format: 'hex' })]),
    await draws([keys.hash({ cardinality })]),
  ]
  for (let i = 0; i < 1000; i++) expect(hex.text(i)).toBe(digits.number(i).toString(16).padStart(length, '0'))
})
