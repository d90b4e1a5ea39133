/** kafkajs at the embedded broker, alone and beside the Java clients. */
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { byKey, contentOf, createTopic, java, keyOf, lines, linesOf, RECORDS, text } from './clients.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

let broker: BrokerProcess

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
})
afterAll(() => broker.close())

describe('kafkajs', () => {
  const kafka = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

  async function consumeAll(topic: string, groupId: string, count: number): Promise<string[]> {
    const consumer = kafka().consumer({ groupId, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const read: string[] = []
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', event => reject(event.payload.error))
      void consumer.run({
        eachMessage: async ({ message }) => {
          read.push(`${message.key}\t${message.value}`)
          if (read.length === count) resolve()
        },
      })
    })
    await consumer.disconnect()
    return read
  }

  it('reads back what it wrote, each key in order', async () => {
    createTopic(broker, 'kafkajs', 4)
    const producer = kafka().producer()
    await producer.connect()
    for (let at = 0; at < RECORDS; at += 500) {
      const messages = lines
        .slice(at, at + 500)
        .map(each => ({ key: each.split('\t', 1)[0]!, value: contentOf(each) }))
      await producer.send({ topic: 'kafkajs', acks: -1, messages })
    }
    await producer.disconnect()
    expect(byKey(await consumeAll('kafkajs', 'kafkajs-group', RECORDS))).toEqual(byKey(lines))
  })

  it('reads what the Java producer wrote, and the Java consumer what it wrote', async () => {
    createTopic(broker, 'both', 1)
    java(broker, 'ConsoleProducer', ['--topic', 'both', '--property', 'parse.key=true'], text)
    expect(await consumeAll('both', 'both-kafkajs', RECORDS)).toEqual(lines)
    createTopic(broker, 'back', 1)
    const producer = kafka().producer()
    await producer.connect()
    const messages = lines.map(each => ({ key: each.split('\t', 1)[0]!, value: contentOf(each) }))
    await producer.send({ topic: 'back', messages })
    await producer.disconnect()
    const args = ['--topic', 'back', '--from-beginning', '--max-messages', String(RECORDS)]
    expect(java(broker, 'consumer.ConsoleConsumer', args).trimEnd().split('\n')).toEqual(lines.map(contentOf))
  })

  it('sends offsets and records in transactions, and an aborted one is read by nobody who asks for committed ones', async () => {
    createTopic(broker, 'kafkajs-transactions', 1)
    const topic = 'kafkajs-transactions'
    const producer = kafka().producer({
      transactionalId: 'kafkajs',
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    for (let at = 0; at < RECORDS; at += 500) {
      const messages = lines.slice(at, at + 500).map(each => ({ key: keyOf(each), value: contentOf(each) }))
      const aborted = await producer.transaction()
      await aborted.send({ topic, messages: messages.map(each => ({ ...each, value: 'aborted' })) })
      const offsets = [{ partition: 0, offset: '999999' }]
      await aborted.sendOffsets({
        consumerGroupId: 'kafkajs-offsets',
        topics: [{ topic, partitions: offsets }],
      })
      await aborted.abort()
      const committed = await producer.transaction()
      await committed.send({ topic, messages })
      const next = [{ partition: 0, offset: String(at + 500) }]
      await committed.sendOffsets({
        consumerGroupId: 'kafkajs-offsets',
        topics: [{ topic, partitions: next }],
      })
      await committed.commit()
    }
    await producer.disconnect()
    expect(await consumeAll(topic, 'kafkajs-committed', RECORDS)).toEqual(lines)
    const admin = kafka().admin()
    await admin.connect()
    const [kept] = await admin.fetchOffsets({ groupId: 'kafkajs-offsets', topics: [topic] })
    await admin.disconnect()
    expect(kept?.partitions[0]?.offset).toBe(String(RECORDS))
    const args = ['--topic', topic, '--from-beginning', '--timeout-ms', '4000', '--isolation-level']
    const read = (level: string) => linesOf(java(broker, 'consumer.ConsoleConsumer', [...args, level]))
    expect(read('read_committed')).toEqual(lines.map(contentOf))
    const everything = read('read_uncommitted')
    expect(everything).toHaveLength(2 * RECORDS)
    expect(everything.filter(each => each === 'aborted')).toHaveLength(RECORDS)
  })
})
