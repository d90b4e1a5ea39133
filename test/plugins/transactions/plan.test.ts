import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { abortsOf, turnsOf } from '../../../plugins/transactions/plan.ts'
import { ALPHA, chiSquare } from '../statistics.ts'

const aborts = (share: number, seed = 1, producers = 4) =>
  abortsOf(share, createRandom(seed, 'default', 'transactions\nabort'), producers)

describe('the share of aborts', () => {
  it('is met to one transaction, at any time, by every producer', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 3000 }),
        (share, producer, n) => {
          const aborted = aborts(share)
          let count = 0
          for (let i = 0; i < n; i++) if (aborted(producer, i)) count++
          expect(Math.abs(count - n * share)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it.each([
    [0, 0],
    [1, 1000],
    [0.2, 200],
    [0.29, 290],
    [0.7, 700],
  ])('%d of 1000 is %d', (share, expected) => {
    const aborted = aborts(share)
    expect(Array.from({ length: 1000 }, (_, i) => aborted(0, i)).filter(Boolean)).toHaveLength(expected)
  })

  it('falls anywhere in a row of 1/share, for each producer elsewhere', () => {
    const aborted = aborts(0.2)
    const places = [0, 0, 0, 0, 0]
    let same = 0
    const blocks = 50_000
    for (let block = 0; block < blocks; block++) {
      const at = (producer: number) => [0, 1, 2, 3, 4].find(i => aborted(producer, 5 * block + i))!
      const [first, second] = [at(0), at(1)]
      places[first]!++
      if (first === second) same++
    }
    expect(chiSquare(places, [0.2, 0.2, 0.2, 0.2, 0.2]).p).toBeGreaterThan(ALPHA)
    expect(chiSquare([same, blocks - same], [0.2, 0.8]).p).toBeGreaterThan(ALPHA)
  })

  it('is the same for a seed, and another for another one', () => {
    const some = (seed: number) => Array.from({ length: 500 }, (_, i) => aborts(0.1, seed)(2, i))
    expect(some(7)).toEqual(some(7))
    expect(some(7)).not.toEqual(some(8))
  })
})

describe('turns', () => {
  it('go to the producers one after the other, each time to one', () => {
    const producers = 3
    for (let tick = 1; tick <= 20; tick++) {
      const before = [0, 1, 2].map(id => turnsOf(id, producers, 1000, tick * 1000 - 1))
      const after = [0, 1, 2].map(id => turnsOf(id, producers, 1000, tick * 1000))
      const risen = [0, 1, 2].filter(id => after[id] !== before[id])
      expect(risen).toEqual([(tick - 1) % producers])
      expect(after.reduce((a, b) => a + b, 0)).toBe(tick)
    }
  })
})
