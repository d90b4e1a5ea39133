/** A record's key depends on its number, and its time, alone: whoever makes it, and whatever was made before. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { keys } from '../../../plugins/index.ts'
import { draws } from '../draws.ts'

it.each([
  ['random', keys.random()],
  ['hash', keys.hash()],
  ['hash, in hex', keys.hash({ cardinality: 1e12, format: 'hex' })],
  ['zipf', keys.zipf({ cardinality: 2 ** 53, skew: 0.9 })],
  ['hotSet', keys.hotSet({ hot: 3, share: '20%' })],
  ['gaussian', keys.gaussian({ deviation: 1e5 })],
  ['movingHot', keys.movingHot({ share: 0.5, every: '3s' })],
  ['weighted', keys.weighted({ keys: { a: 5, b: 3, c: 2 } })],
  ['template', keys.template({ template: '{0..99}-{00..99}', order: 'random' })],
  ['nulls', keys.nulls({ share: 0.5 })],
])('%s', async (_, plugin) => {
  const [one, other] = [await draws([plugin]), await draws([plugin])]
  const record = fc.record({
    index: fc.integer({ min: 0, max: 1e12 }),
    time: fc.integer({ min: 0, max: 1e9 }),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 100 }), records => {
      const keysOf = new Map(records.map(({ index, time }) => [`${index} ${time}`, one.text(index, time)]))
      for (const { index, time } of records.toReversed())
        expect(other.text(index, time)).toBe(keysOf.get(`${index} ${time}`))
    }),
    { seed: 1, numRuns: 50 },
  )
})
