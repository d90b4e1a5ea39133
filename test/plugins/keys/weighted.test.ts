import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { keys } from '../../../plugins/index.ts'
import { aliasTable, pick } from '../../../plugins/options/alias.ts'
import { counted, draws } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([
  ['weights by key', { a: 70, b: 30, c: 0.5 }, { a: 70, b: 30, c: 0.5 }],
  ['shares by key', { EU: '70%', US: '29.5 %', MOON: '0.5%' }, { EU: 70, US: 29.5, MOON: 0.5 }],
  [
    'a list',
    [
      { key: 'a', weight: 1 },
      { key: 42, weight: 3 },
    ],
    { a: 1, 42: 3 },
  ],
  ['a weight of 0', { never: 0, a: 1, b: 1 }, { never: 0, a: 1, b: 1 }],
] as const)('%s', async (_, written, expected) => {
  const names = Object.keys(expected)
  const weights: number[] = Object.values(expected)
  const drawn = await draws([keys.weighted({ keys: written })])
  const counts = counted(DRAWS, names.length, i => names.indexOf(drawn.text(i) ?? ''))
  const sum = weights.reduce((all, w) => all + w, 0)
  expect(chiSquare(counts, [...weights.map(w => w / sum), 0]).p).toBeGreaterThan(ALPHA)
})
it('one key is all', async () => {
  const drawn = await draws([keys.weighted({ keys: { only: 3 } })])
  for (let i = 0; i < 100; i++) expect(drawn.key(i)).toBe('only')
})
it('a thousand weights of all sizes', async () => {
  const weights = Array.from({ length: 1000 }, (_, i) => (i % 10) ** 4 / (1 + (i % 7)))
  const list = weights.map((weight, i) => ({ key: `k${i}`, weight }))
  const drawn = await draws([keys.weighted({ keys: list })])
  const counts = counted(DRAWS, 1000, i => Number(drawn.text(i)?.slice(1)))
  const sum = weights.reduce((all, w) => all + w, 0)
  expect(chiSquare(counts, [...weights.map(w => w / sum), 0]).p).toBeGreaterThan(ALPHA)
})

it('the table of any weights adds up to them', () => {
  const weight = fc.oneof(
    fc.double({ min: 0, max: 1e15, noNaN: true }),
    fc.constantFrom(0, 0, 1, 1e-300, 1e300),
    fc.integer({ min: 0, max: 10 }),
  )
  const some = fc.array(weight, { minLength: 1, maxLength: 300 }).filter(weights => weights.some(w => w > 0))
  fc.assert(
    fc.property(some, weights => {
      const { keep, other } = aliasTable(weights)
      const n = weights.length
      const shares = new Float64Array(n)
      for (let i = 0; i < n; i++) {
        expect(keep[i]).toBeGreaterThanOrEqual(0)
        shares[i] = (shares[i] as number) + Math.min(1, keep[i] as number) / n
        shares[other[i] as number] =
          (shares[other[i] as number] as number) + Math.max(0, 1 - (keep[i] as number)) / n
      }
      const most = Math.max(...weights)
      const sum = weights.reduce((all, w) => all + w / most, 0)
      for (let i = 0; i < n; i++) expect(shares[i]).toBeCloseTo((weights[i] as number) / most / sum, 12)
      // what has no weight is never drawn
      const random = createRandom(1, 's', 'p')
      random.seek(n)
      for (let i = 0; i < 50; i++) expect(weights[pick({ keep, other }, random)]).toBeGreaterThan(0)
    }),
    { seed: 1 },
  )
})
