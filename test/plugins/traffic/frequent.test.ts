import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KeyBytes } from '../../../plugins/options/key-bytes.ts'
import { murmur2 } from '../../../plugins/protocol/murmur2.ts'
import {
  FrequentKeys,
  type FrequentPart,
  mergeFrequent,
  mostFrequent,
} from '../../../plugins/traffic/frequent.ts'

function counted(keys: readonly string[], capacity?: number): FrequentPart {
  const frequent = new FrequentKeys(capacity)
  const bytes = new KeyBytes()
  for (const key of keys) {
    bytes.read(key)
    frequent.add(murmur2(bytes.bytes, bytes.start, bytes.length) >>> 0, bytes)
  }
  return frequent.part()
}
const exactly = (keys: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
const some = fc.array(
  fc.nat(60).map(n => `k${Math.floor(n ** 2 / 60)}`),
  { maxLength: 400 },
)

it('of few keys is exact', () => {
  fc.assert(
    fc.property(some, keys => {
      const part = counted(keys)
      expect(part.taken).toBe(0)
      const exact = [...exactly(keys)].filter(([, n]) => n > 1)
      const found = mostFrequent(part, 1000).map(({ key, records }) => [key, records])
      expect(found.sort()).toEqual(exact.sort())
    }),
    { seed: 1 },
  )
})
it('of many keys is wrong by no more than it says, and finds all that have more than that', () => {
  fc.assert(
    fc.property(some, some, (one, other) => {
      const part = mergeFrequent(counted(one, 8), counted(other, 8))
      const exact = exactly([...one, ...other])
      const found = new Map(mostFrequent(part, 1000).map(({ key, records }) => [key, records]))
      for (const [key, records] of found) {
        expect(records).toBeGreaterThanOrEqual(exact.get(key) as number)
        expect(records - part.taken).toBeLessThanOrEqual(exact.get(key) as number)
      }
      for (const [key, n] of exact) if (n > Math.max(1, 2 * part.taken)) expect(found.has(key)).toBe(true)
      // what is taken from all counters is bounded by what there was to take
      expect(part.taken).toBeLessThanOrEqual((one.length + other.length) / 3)
    }),
    { seed: 1 },
  )
})
