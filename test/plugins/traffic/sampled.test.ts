import { expect, it } from 'vitest'
import { createRandom } from '../../../core/random.ts'
import { Sampled } from '../../../plugins/traffic/sampled.ts'
import { ALPHA, chiSquare } from '../statistics.ts'

/** The sample of a thread that has the records of `producers` lanes out of `all`. */
function sample(records: number, all = 1, own: readonly number[] = [0]): number[] {
  const sampled = new Sampled(createRandom(1, 's', 'traffic\nsample'))
  const found: number[] = []
  for (let round = 0; round < records; round += all)
    for (const lane of own) {
      const index = round + lane
      if (index < sampled.next && index >= sampled.from) continue
      if (sampled.has(index)) found.push(index)
    }
  return found
}

it('is one record of each 64', () => {
  const found = sample(64_000)
  expect(found).toHaveLength(1000)
  for (const [block, index] of found.entries()) expect(Math.floor(index / 64)).toBe(block)
})
it('is in step with nothing: every n-th record is in it as often as any other', () => {
  const found = sample(64 * 50_000)
  for (const n of [2, 3, 7, 10, 16, 60, 64, 100, 128, 1000]) {
    const cells = new Float64Array(n)
    for (const index of found) cells[index % n] = (cells[index % n] as number) + 1
    expect(chiSquare(cells, new Float64Array(n).fill(1 / n)).p).toBeGreaterThan(ALPHA / 10)
  }
})
it('is the same however the records are shared out', () => {
  const all = sample(100_100, 7, [0, 1, 2, 3, 4, 5, 6])
  const shared = [
    [0, 3, 6],
    [1, 4],
    [2, 5],
  ]
    .flatMap(own => sample(100_100, 7, own))
    .sort((a, b) => a - b)
  expect(shared).toEqual(all)
})
it('does not mind records that come again', () => {
  const sampled = new Sampled(createRandom(1, 's', 'traffic\nsample'))
  const looked = (index: number) => !(index < sampled.next && index >= sampled.from) && sampled.has(index)
  const first = Array.from({ length: 6400 }, (_, i) => looked(i))
  const again = Array.from({ length: 6400 }, (_, i) => looked(i))
  expect(again).toEqual(first)
})
