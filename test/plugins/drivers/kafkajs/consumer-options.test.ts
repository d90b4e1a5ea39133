/** That kafkajs's consumer does what the options say. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Fixture, read, until, valuesOf } from '../wire/consumer/fixture.ts'
import { driverFor, soon, TIMEOUT_US } from './driver.ts'

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open()
})
afterAll(() => f.close())

it('commits every now and then, or nothing but what it is told to', async () => {
  const topic = await f.topic(1)
  await f.fill(topic, 1, 10)
  const driver = driverFor(f.broker.address)
  const member = async (group: string, commitUs: number) => {
    const consumer = await driver.consumer({ group, commitUs, from: 'earliest', timeoutUs: TIMEOUT_US })
    await consumer.subscribe([topic])
    await read(consumer, 10)
    return consumer
  }
  const often = await member('often', 50_000)
  await until('it is committed', async () => (await f.committed('often', topic, 1))[0] === 10)
  await often.leave()
  const off = await member('off', 0)
  await off.leave()
  expect(await f.committed('off', topic, 1)).toEqual([0])
  const asked = await member('off', 0)
  await asked.commit()
  await asked.leave()
  expect(await f.committed('off', topic, 1)).toEqual([10])
  await driver.close(soon())
})

it('fetches no more at once than it is told to', async () => {
  const topic = await f.topic(1)
  const values = await f.fill(topic, 1, 50)
  const driver = driverFor(f.broker.address)
  const consumer = await driver.consumer({
    ...{ group: 'small', from: 'earliest', timeoutUs: TIMEOUT_US },
    fetch: { minBytes: 1, maxWaitUs: 20_000, maxBytes: 1, maxPartitionBytes: 1 },
  })
  await consumer.subscribe([topic])
  const counts: number[] = []
  expect(valuesOf(await read(consumer, 50, batch => counts.push(batch.count)))).toEqual(values)
  expect(counts).toEqual([10, 10, 10, 10, 10])
  await driver.close(soon())
})
