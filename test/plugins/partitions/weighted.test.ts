import { ConfigError, createClient, run } from 'kafka-loadtest'
import { startBroker } from 'kafka-loadtest/plugins'
import { expect, it } from 'vitest'
import { partitions } from '../../../plugins/index.ts'
import { counted, draws, faultsOf } from '../draws.ts'
import { ALPHA, chiSquare, DRAWS } from '../statistics.ts'

it.each([
  [
    [70, 20, 10, 0],
    [0.7, 0.2, 0.1, 0],
  ],
  [
    ['50%', '25%', '12.5%', '12.5%'],
    [0.5, 0.25, 0.125, 0.125],
  ],
])('gives partitions their weights: %j', async (weights, shares) => {
  const drawn = await draws([partitions.weighted({ weights })])
  const counts = counted(DRAWS, 4, i => drawn.partition(i, 4) ?? -1)
  expect(chiSquare(counts, [...shares, 0]).p).toBeGreaterThan(ALPHA)
})

const WEIGHT = "a number from 0 on, such as 70, or a share such as '70%'"
it.each([
  [{}, '', 'a list of weights, one for each partition, such as [70, 20, 10, 0]'],
  [{ weights: [] }, '', 'a list of weights, one for each partition, such as [70, 20, 10, 0]'],
  [{ weights: { 0: 5 } }, '', 'a list of weights, one for each partition, such as [70, 20, 10, 0]'],
  [{ weights: [1, 2, 3] }, '', '4 weights, as many as the topic has partitions, not 3'],
  [{ weights: [1, 2, 3, 4, 5] }, '', '4 weights, as many as the topic has partitions, not 5'],
  [{ weights: [1, -2, 3, 4] }, '.1', WEIGHT],
  [{ weights: [0, 0, 0, 0] }, '', 'a weight above 0'],
  [{ weights: ['50%', '20%', '20%', '5%'] }, '', 'shares that add up to 100 %, not to 95 %'],
  [{ weights: ['50%', 20, 20, 10] }, '.1', "a share such as '70%', since others are in percent"],
])('refuses %j', async (options, path, expected) => {
  expect(await faultsOf([partitions.weighted(options as never)])).toEqual([
    `partitions.weighted.weights${path}: expected ${expected}`,
  ])
})
it('looks at the topic of its own stream', async () => {
  const streams = {
    orders: { topic: { partitions: 2 }, plugins: [partitions.weighted({ weights: [1, 2] })] },
    audit: { topic: { partitions: 3 }, plugins: [partitions.weighted({ weights: [1, 2] })] },
  }
  expect(await faultsOf([], { streams })).toEqual([
    'partitions.weighted.weights: expected 3 weights, as many as the topic has partitions, not 2',
  ])
})
it('finds out about a topic that is there already before there is traffic', async () => {
  const broker = await startBroker({ partitions: 6 })
  const client = await createClient({ brokers: broker.addresses })
  await (await client.admin()).createTopic('there', { partitions: 6 })
  const failed = run({
    brokers: [...broker.addresses],
    topic: { name: 'there', existing: true },
    duration: 1,
    plugins: [partitions.weighted({ weights: [1, 2, 3, 4] })],
  })
  await expect(failed).rejects.toThrow(ConfigError)
  await expect(failed).rejects.toThrow('expected 6 weights, as many as the topic has partitions, not 4')
  await client.close()
  await broker.close()
})
