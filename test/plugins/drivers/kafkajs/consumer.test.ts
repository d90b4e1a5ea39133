/** What is peculiar to this driver's consumer; what every driver's does is in test/conformity. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Consumer, ConsumerOptions, Driver } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { identities, keepReading } from '../../../conformity/harness.ts'
import { driverFor, Harness, read, soon, TIMEOUT_US, until } from './driver.ts'

let broker: RunningBroker
let driver: Driver
let admin: Admin
let topics = 0

beforeAll(async () => {
  broker = await startBroker()
  driver = driverFor(broker.address)
  admin = await driver.admin()
})
afterAll(async () => {
  await driver.close(soon())
  await broker.close()
})

async function topic(partitions: number): Promise<string> {
  const name = `consumed-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs: {} })
  return name
}
async function produce(name: string, partitions: number, count: number, from = 0): Promise<string[]> {
  const harness = await Harness.open(driver, name, partitions)
  const values = Array.from({ length: count }, (_, i) => `r${from + i}`)
  for (const value of values) harness.append({ key: value, value })
  await harness.producer.flush(soon())
  expect(harness.count('acked')).toBe(count)
  return values
}
async function member(
  name: string,
  group: string,
  options: Partial<ConsumerOptions> = {},
): Promise<Consumer> {
  const consumer = await driver.consumer({ group, timeoutUs: TIMEOUT_US, ...options })
  await consumer.subscribe([name])
  return consumer
}
describe('subscribe', () => {
  it('ends when the consumer leaves meanwhile', async () => {
    const name = await topic(1)
    const consumer = await driver.consumer({ group: 'hasty', timeoutUs: TIMEOUT_US })
    const joining = consumer.subscribe([name])
    await consumer.leave()
    await expect(joining).rejects.toThrow('the consumer left before it had joined')
    await consumer.subscribe([name])
    expect(consumer.position()).toHaveLength(1)
    await consumer.leave()
  })

  it('refuses what kafkajs cannot do', async () => {
    const refused = async (options: Partial<ConsumerOptions>) =>
      driver
        .consumer({ group: 'g', timeoutUs: TIMEOUT_US, ...options })
        .catch(error => `${error.name}: ${error.message}`)
    expect(await refused({ protocol: 'consumer' })).toMatch(
      /^ConfigError: consumers\.protocol is "consumer": expected 'classic'/,
    )
    expect(await refused({ instance: 'a' })).toMatch(
      /^ConfigError: consumers\.instance is "a".*static members/,
    )
    const groupless = await driver.consumer({ timeoutUs: TIMEOUT_US })
    await expect(groupless.subscribe(['x'])).rejects.toThrow(/without a group cannot subscribe/)
    await expect(groupless.commit()).rejects.toThrow(/nothing to commit to/)
  })
})

describe('a group', () => {
  it('keeps the member alive and its batch safe while nobody polls', async () => {
    const name = await topic(2)
    const one = await member(name, 'sleepy', { from: 'earliest' })
    const values = await produce(name, 2, 100)
    // batches wait at the first member while a second one wants to join: it must give way
    const two = await member(name, 'sleepy', { from: 'earliest' })
    await until('one partition each', () => one.position().length === 1 && two.position().length === 1)
    const [a, b] = [keepReading(one), keepReading(two)]
    const all = () => identities([...a.records, ...b.records])
    await until('all records', () => all().length >= 100)
    expect(new Set(all()).size).toBe(values.length)
    expect(all()).toHaveLength(100)
    await Promise.all([a.stop(), b.stop()])
    await Promise.all([one.leave(), two.leave()])
  })
})

it('assign reads by a group of one, which has neither members nor offsets afterwards', async () => {
  const name = await topic(3)
  await produce(name, 3, 100)
  const consumer = await driver.consumer({ timeoutUs: TIMEOUT_US })
  await consumer.assign([0, 1, 2].map(partition => ({ topic: name, partition, offset: 0 })))
  expect(await read(consumer, 100)).toHaveLength(100)
  await consumer.leave()
  const { kafka, members } = clientOf(broker)
  const { groups } = await kafka(each => each.listGroups())
  for (const { groupId } of groups.filter(each => each.groupId.startsWith('kafka-loadtest-assigned-'))) {
    expect(await kafka(each => members(each, groupId))).toBe(0)
    const [offsets] = await kafka(each => each.fetchOffsets({ groupId, topics: [name] }))
    expect(offsets!.partitions.map(each => each.offset)).toEqual(['-1', '-1', '-1'])
  }
})

it('leaves no warning on the process', async () => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', listen)
  const name = await topic(1)
  const consumer = await member(name, 'silent')
  await produce(name, 1, 100)
  await read(consumer, 100)
  await consumer.leave()
  await new Promise(resolve => setTimeout(resolve, 50))
  process.off('warning', listen)
  expect(warnings).toEqual([])
})

/** A second opinion. */
function clientOf({ address }: RunningBroker) {
  type KafkaAdmin = ReturnType<Kafka['admin']>
  return {
    async kafka<T>(ask: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
      const kafkaAdmin = new Kafka({
        clientId: 'other',
        brokers: [address],
        logLevel: logLevel.NOTHING,
      }).admin()
      await kafkaAdmin.connect()
      try {
        return await ask(kafkaAdmin)
      } finally {
        await kafkaAdmin.disconnect()
      }
    },
    members: async (kafkaAdmin: KafkaAdmin, group: string) =>
      (await kafkaAdmin.describeGroups([group])).groups[0]!.members.length,
  }
}
