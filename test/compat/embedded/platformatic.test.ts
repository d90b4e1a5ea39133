/** @platformatic/kafka at the embedded broker: all its codecs, idempotence, groups. */
import {
  Admin,
  type CompressionAlgorithmValue,
  Consumer,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { byKey, contentOf, createTopic, java, keyOf, lines, linesOf, RECORDS } from './clients.ts'

const SEND = 500

let broker: BrokerProcess

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
})
afterAll(() => broker.close())

const client = () => ({ clientId: 'test', bootstrapBrokers: [broker.address] })

async function write(
  topic: string,
  compression: CompressionAlgorithmValue,
  idempotent = false,
): Promise<void> {
  const producer = new Producer({ ...client(), serializers: stringSerializers, compression, idempotent })
  try {
    for (let at = 0; at < RECORDS; at += SEND) {
      const messages = lines
        .slice(at, at + SEND)
        .map(line => ({ topic, key: keyOf(line), value: contentOf(line) }))
      await producer.send({ messages, acks: ProduceAcks.ALL })
    }
  } finally {
    await producer.close()
  }
}

async function read(topic: string, groupId: string, count: number): Promise<string[]> {
  const consumer = new Consumer({
    ...client(),
    groupId,
    deserializers: stringDeserializers,
    maxWaitTime: 100,
  })
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' })
    const found: string[] = []
    for await (const { key, value } of stream) {
      found.push(`${key}\t${value}`)
      if (found.length === count) break
    }
    return found
  } finally {
    await consumer.close(true)
  }
}

describe('@platformatic/kafka', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'reads back what it wrote, compressed with %s, and so does the Java consumer',
    async codec => {
      const topic = `platformatic-${codec}`
      createTopic(broker, topic, 2)
      await write(topic, codec)
      expect(byKey(await read(topic, topic, RECORDS))).toEqual(byKey(lines))
      const args = ['--topic', topic, '--from-beginning', '--max-messages', String(RECORDS)]
      const keys = ['--property', 'print.key=true']
      expect(byKey(linesOf(java(broker, 'consumer.ConsoleConsumer', [...args, ...keys])))).toEqual(
        byKey(lines),
      )
    },
  )

  it('writes as an idempotent producer', async () => {
    createTopic(broker, 'platformatic-idempotent', 1)
    await write('platformatic-idempotent', 'none', true)
    expect(await read('platformatic-idempotent', 'platformatic-idempotent', RECORDS)).toEqual(lines)
  })

  it('creates, lists and deletes topics', async () => {
    const admin = new Admin(client())
    try {
      await admin.createTopics({ topics: ['platformatic-admin'], partitions: 3, replicas: 1 })
      expect(await admin.listTopics()).toContain('platformatic-admin')
      await admin.deleteTopics({ topics: ['platformatic-admin'] })
      expect(await admin.listTopics()).not.toContain('platformatic-admin')
    } finally {
      await admin.close()
    }
  })
})
