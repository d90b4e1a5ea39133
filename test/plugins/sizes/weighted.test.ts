import fc from 'fast-check'
import { expect, it } from 'vitest'
import { weightedChoice } from '../../../plugins/sizes/weighted.ts'

const WORDS = 2 ** 30

it('gives each range its share of all words, however many ranges there are', () => {
  const weights = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(weights, list => {
      const choose = weightedChoice(list.map(weight => ({ low: 0, high: 0, weight })))
      const all = list.reduce((sum, weight) => sum + weight, 0)
      const places = 100_000
      const cells = new Float64Array(list.length)
      // the first word and the last are among them
      for (let n = 0; n < places; n++) {
        const i = choose(Math.floor((n * (WORDS - 1)) / (places - 1)))
        cells[i] = (cells[i] as number) + 1
      }
      expect(cells.reduce((sum, n) => sum + n, 0)).toBe(places)
      // a range has at most as many pieces as there are cells, each of them off by one place
      for (const [i, weight] of list.entries())
        expect(Math.abs((cells[i] as number) / places - weight / all)).toBeLessThan(130 / places)
    }),
    { numRuns: 20, seed: 1 },
  )
})
it('has a place for ten thousand of them', () => {
  const choose = weightedChoice(Array.from({ length: 10_000 }, () => ({ low: 0, high: 0, weight: 1 })))
  const found = new Set<number>()
  for (let word = 0; word < WORDS; word += 1021) found.add(choose(word))
  expect([found.size, Math.max(...found)]).toEqual([10_000, 9999])
})
