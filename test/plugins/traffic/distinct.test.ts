import { expect, it } from 'vitest'
import { mix } from '../../../core/random.ts'
import { DistinctKeys, distinctEstimate, distinctInSample } from '../../../plugins/traffic/distinct.ts'

const filled = (keys: number, times: (key: number) => number = () => 1, capacity?: number) => {
  const distinct = new DistinctKeys(capacity)
  for (let key = 0; key < keys; key++) distinct.add(mix(key), times(key))
  return distinct
}

it.each([0, 1, 100, 8192])('%i keys: exact', keys => {
  expect(distinctInSample(filled(keys).part())).toBe(keys)
})
it.each([10_000, 100_000, 1_000_000])('%i keys: to a few percent, in bounded memory', keys => {
  const part = filled(keys).part()
  expect(part.hashes.length).toBeLessThanOrEqual(8192)
  // four standard deviations of the 4,096 keys that are there at least
  expect(Math.abs(distinctInSample(part) / keys - 1)).toBeLessThan(4 / Math.sqrt(4096))
})
it('of two parts is as of one, whatever their levels', () => {
  const all = filled(1000, key => 1 + (key % 5), 64).part()
  const [odd, even, sum] = [new DistinctKeys(64), new DistinctKeys(64), new DistinctKeys(64)]
  for (let key = 0; key < 1000; key++) (key % 8 === 0 ? odd : even).add(mix(key), 1 + (key % 5))
  expect(odd.part().level).toBeLessThan(even.part().level)
  sum.absorb(odd.part())
  sum.absorb(even.part())
  const sorted = ({ level, hashes, counts }: ReturnType<DistinctKeys['part']>) => [
    level,
    ...[...hashes].map((hash, i) => [hash, counts[i] as number] as const).sort(([x], [y]) => x - y),
  ]
  expect(sorted(sum.part())).toEqual(sorted(all))
})
it('tells from a share of the records how many keys there are at least', () => {
  // every key once: each record that is not in the sample has one of its own
  expect(distinctEstimate(filled(5000).part(), 64)).toBe(5000 * 64)
  // every key often: there is none that was not seen
  expect(distinctEstimate(filled(5000, () => 10).part(), 64)).toBe(5000)
  expect(distinctEstimate(filled(0).part(), 64)).toBe(0)
  expect(distinctEstimate(filled(1, () => 2).part(), 64)).toBe(1)
})
