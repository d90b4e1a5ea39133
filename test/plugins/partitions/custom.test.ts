import { run } from 'kafka-loadtest'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import { expect, it } from 'vitest'
import { keys, partitions } from '../../../plugins/index.ts'
import { draws, faultsOf } from '../draws.ts'

it('asks the function, with the key that was chosen', async () => {
  const seen = new Map<number, number>()
  const driver = fakeDriver({ onRecord: ({ index, partition }) => void seen.set(index, partition) })
  const choose = partitions.custom({
    choose: ({ key }, count) => (Number(key) < 5 ? count - 1 : Number(key) % count),
  })
  const plugins = [driver, keys.sequential({ cardinality: 10 }), choose]
  await run({ rate: 100, warmup: 0, duration: 1, topic: { partitions: 4 }, plugins }, { clock: virtualClock })
  const first = Array.from({ length: 12 }, (_, i) => seen.get(i))
  expect(first).toEqual([3, 3, 3, 3, 3, 1, 2, 3, 0, 1, 3, 3])
})
it('leaves to the driver what it does not answer', async () => {
  const drawn = await draws([partitions.custom({ choose: ({ index }) => (index % 2 === 0 ? 0 : undefined) })])
  expect([drawn.partition(0, 4), drawn.partition(1, 4)]).toEqual([0, undefined])
})
it.each([
  [4, 'choose answered 4, expected 0 to 3 or nothing'],
  [-1, 'choose answered -1, expected 0 to 3 or nothing'],
  [Number.NaN, 'choose answered NaN, expected 0 to 3 or nothing'],
  [1.5, 'answered 1.5, expected a whole number or nothing'],
  ['1', 'answered 1, expected a whole number or nothing'],
  [Promise.resolve(1), 'answered with a promise'],
])('names what it cannot take: %s', async (answer, message) => {
  const drawn = await draws([partitions.custom({ choose: () => answer as number })])
  expect(() => drawn.partition(0, 4)).toThrow(`plugin partitions.custom failed in partitionFor: ${message}`)
})
it.each([{}, { choose: 'murmur2' }])('refuses %j', async options => {
  expect(await faultsOf([partitions.custom(options as never)])).toEqual([
    'partitions.custom.choose: expected a function (draft, partitions) => partition, in a configuration that is a module',
  ])
})
