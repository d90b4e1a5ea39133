import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { until } from './client.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

let broker: RunningBroker
let kafka: Kafka
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  broker = await startBroker()
  kafka = new Kafka({ clientId: 'test', brokers: [broker.address], logLevel: logLevel.NOTHING })
})

afterAll(async () => {
  await Promise.all(stops.map(stop => stop()))
  await broker.close()
})

async function producerWith(options = {}) {
  const producer = kafka.producer(options)
  await producer.connect()
  stops.push(() => producer.disconnect())
  return producer
}

async function createTopic(topic: string, numPartitions = 1) {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions }] })
  await admin.disconnect()
}

async function consume(groupId: string, topic: string, onValue: (value: string, partition: number) => void) {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 6000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 100,
  })
  await consumer.connect()
  stops.push(() => consumer.disconnect())
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message, partition }) => onValue(String(message.value), partition),
  })
  return consumer
}

describe('the broker with kafkajs', () => {
  it.each([0, 1, -1])(
    'takes records with acks %d and gives them to a group from the beginning',
    async acks => {
      const topic = `acks.${acks}`
      await createTopic(topic, 2)
      const producer = await producerWith()
      const sent = Array.from({ length: 100 }, (_, n) => ({ key: `k${n}`, value: `v${n}` }))
      await producer.send({ topic, acks, messages: sent })
      const values: string[] = []
      await consume(`group.${topic}`, topic, value => values.push(value))
      await until(() => values.length >= 100, 'all records')
      expect(new Set(values)).toEqual(new Set(sent.map(({ value }) => value)))
      expect(values).toHaveLength(100)
    },
  )

  it('makes a topic that a producer asks for', async () => {
    const producer = await producerWith({ allowAutoTopicCreation: true })
    const [result] = await producer.send({ topic: 'auto', messages: [{ value: 'x' }] })
    expect(result).toMatchObject({ topicName: 'auto', partition: 0, errorCode: 0, baseOffset: '0' })
  })

  it('shares partitions between two members and moves them when one leaves', async () => {
    const topic = 'shared'
    await createTopic(topic, 4)
    const [first, second] = [new Set<number>(), new Set<number>()]
    await consume('group.shared', topic, (_, partition) => first.add(partition))
    const other = await consume('group.shared', topic, (_, partition) => second.add(partition))
    const admin = kafka.admin()
    await admin.connect()
    stops.push(() => admin.disconnect())
    const group = async () => (await admin.describeGroups(['group.shared'])).groups[0]!
    await until(async () => {
      const { state, members: joined } = await group()
      return state === 'Stable' && joined.length === 2
    }, 'two members')
    const producer = await producerWith()
    const toAll = () =>
      producer.send({
        topic,
        messages: [0, 1, 2, 3].map(partition => ({ partition, value: `p${partition}` })),
      })
    await toAll()
    await until(() => first.size + second.size === 4, 'records of all partitions')
    expect([first.size, second.size]).toEqual([2, 2])
    await other.disconnect()
    first.clear()
    await until(async () => {
      await toAll()
      return first.size === 4
    }, 'all partitions at the member that stayed')
  })

  it('keeps committed offsets', async () => {
    await createTopic('commits', 2)
    const producer = await producerWith()
    await producer.send({ topic: 'commits', messages: [{ partition: 1, value: 'a' }] })
    const admin = kafka.admin()
    await admin.connect()
    stops.push(() => admin.disconnect())
    // Not admin.setOffsets: that waits for one round of a paused consumer, 5 s.
    const consumer = await consume('group.commits', 'commits', () => {})
    await consumer.commitOffsets([{ topic: 'commits', partition: 1, offset: '1' }])
    const [topic] = await admin.fetchOffsets({ groupId: 'group.commits', topics: ['commits'] })
    expect(topic!.partitions.find(each => each.partition === 1)!.offset).toBe('1')
    expect(topic!.partitions.find(each => each.partition === 0)!.offset).toBe('-1')
  })

  it('creates, describes, lists and deletes topics, and finds offsets by time', async () => {
    const admin = kafka.admin()
    await admin.connect()
    stops.push(() => admin.disconnect())
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
    await admin.createTopics({ topics: [{ topic: 'made', numPartitions: 3, configEntries }] })
    expect(await admin.listTopics()).toContain('made')
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: 'made', configNames: ['message.timestamp.type', 'retention.ms'] }],
    })
    const values = resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue])
    expect(Object.fromEntries(values)).toEqual({
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': '604800000',
    })
    const producer = await producerWith()
    const before = Date.now()
    await producer.send({ topic: 'made', messages: [{ partition: 2, value: 'a', timestamp: '5' }] })
    const offsets = await admin.fetchTopicOffsets('made')
    expect(offsets.find(({ partition }) => partition === 2)).toMatchObject({ low: '0', high: '1' })
    const byTime = await admin.fetchTopicOffsetsByTimestamp('made', before)
    expect(byTime.find(({ partition }) => partition === 2)!.offset).toBe('0')
    await admin.createPartitions({ topicPartitions: [{ topic: 'made', count: 5 }] })
    expect((await admin.fetchTopicMetadata({ topics: ['made'] })).topics[0]!.partitions).toHaveLength(5)
    await admin.deleteTopics({ topics: ['made'] })
    expect(await admin.listTopics()).not.toContain('made')
  })

  it('serves an idempotent producer', async () => {
    await createTopic('idempotent')
    const producer = await producerWith({ idempotent: true, maxInFlightRequests: 1 })
    for (let n = 0; n < 20; n++) {
      await producer.send({ topic: 'idempotent', acks: -1, messages: [{ partition: 0, value: `${n}` }] })
    }
    const values: string[] = []
    await consume('group.idempotent', 'idempotent', value => values.push(value))
    await until(() => values.length >= 20, 'all records')
    expect(values).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`))
  })
})

describe('transactions with kafkajs', () => {
  it('show read_committed consumers what was committed, and others all of it', async () => {
    await createTopic('transactions', 2)
    await createTopic('transactions.in')
    const producer = await producerWith({
      transactionalId: 'kafkajs',
      idempotent: true,
      maxInFlightRequests: 1,
    })
    const admin = kafka.admin()
    await admin.connect()
    stops.push(() => admin.disconnect())
    for (let n = 0; n < 10; n++) {
      const transaction = await producer.transaction()
      const messages = ['a', 'b', 'c'].map(each => ({ key: each, value: `${each}${n}` }))
      await transaction.send({ topic: 'transactions', messages })
      const topics = [{ topic: 'transactions.in', partitions: [{ partition: 0, offset: String(n) }] }]
      await transaction.sendOffsets({ consumerGroupId: 'transactions', topics })
      if (n % 2 === 0) await transaction.commit()
      else await transaction.abort()
    }
    const [committed] = await admin.fetchOffsets({ groupId: 'transactions', topics: ['transactions.in'] })
    expect(committed?.partitions).toMatchObject([{ partition: 0, offset: '8' }])
    const all = Array.from({ length: 10 }, (_, n) => ['a', 'b', 'c'].map(each => `${each}${n}`)).flat()
    const even = all.filter(each => Number(each.slice(1)) % 2 === 0)
    for (const [readUncommitted, expected] of [
      [true, all],
      [false, even],
    ] as const) {
      const seen: string[] = []
      const consumer = kafka.consumer({
        groupId: `reads.${readUncommitted}`,
        readUncommitted,
        maxWaitTimeInMs: 100,
      })
      await consumer.connect()
      stops.push(() => consumer.disconnect())
      await consumer.subscribe({ topics: ['transactions'], fromBeginning: true })
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) })
      await until(() => seen.length >= expected.length, `${expected.length} records`)
      expect(seen.sort()).toEqual([...expected].sort())
    }
  })

  it('fence a producer whose id another one takes', async () => {
    await createTopic('fenced')
    const options = {
      transactionalId: 'fenced',
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 2 },
    }
    const first = await producerWith(options)
    const transaction = await first.transaction()
    await transaction.send({ topic: 'fenced', messages: [{ value: 'a' }] })
    const second = await producerWith(options)
    await (await second.transaction()).abort()
    await expect(transaction.commit()).rejects.toThrow()
  })
})
