/** `createClient` at a real Apache Kafka, with each driver. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type KafkaClient, SendError } from '../../core/index.ts'
import { tools } from './embedded/clients.ts'
import { runJavaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

let kafka: RealKafka
beforeAll(async () => {
  kafka = await startKafka({ quiet: true })
}, 180_000)
afterAll(() => kafka?.stop())

describe.each(['wire', 'kafkajs'])('with the %s driver', driver => {
  let client: KafkaClient
  beforeAll(async () => {
    client = await createClient({ brokers: [kafka.address], timeout: '20s', driver })
  })
  afterAll(() => client?.close())

  it('makes a topic, fills it, reads it in a group, and Kafka has the offsets', async () => {
    const topic = `orders-${driver}`
    const admin = await client.admin()
    await admin.createTopic(topic, { partitions: 3, configs: { 'retention.ms': '3600000' } })
    expect(await admin.describe(topic)).toMatchObject({
      partitions: 3,
      configs: { 'retention.ms': '3600000' },
    })
    const producer = await client.producer({ idempotent: true, compression: 'gzip' })
    const records = Array.from({ length: 300 }, (_, i) => ({ key: `k${i % 10}`, value: `v${i}` }))
    const sent = await producer.send(topic, records)
    expect(new Set(sent.map(each => `${each.partition}/${each.offset}`)).size).toBe(300)
    const ends = await admin.offsets(topic)
    expect(ends.reduce((a, b) => a + b, 0)).toBe(300)

    const consumer = await client.consumer(topic, { from: 'earliest' })
    await consumer.subscribe(topic)
    const read = []
    for (let more = await consumer.poll(); more.length > 0; more = await consumer.poll({ timeout: '1s' }))
      read.push(...more)
    const told = read.map(({ partition, offset, key, value }) => `${partition}/${offset} ${key} ${value}`)
    expect(told.toSorted()).toEqual(
      records
        .map(({ key, value }, i) => `${sent[i]!.partition}/${sent[i]!.offset} ${key} ${value}`)
        .toSorted(),
    )
    await consumer.commit()
    await consumer.close()
    const described = await runJavaTool(`${tools}.consumer.group.ConsumerGroupCommand`, [
      ...['--bootstrap-server', kafka.address, '--describe', '--group', topic],
    ])
    const rows = [...described.matchAll(new RegExp(`${topic} +(\\d+) +(\\d+) +(\\d+) +(\\d+)`, 'g'))]
    const lags = rows.map(([, partition, committed, end, lag]) =>
      [partition, committed, end, lag].map(Number),
    )
    expect(lags.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(ends.map((end, p) => [p, end, end, 0]))
    await admin.deleteTopic(topic)
    expect(await admin.describe(topic)).toBeUndefined()
  })

  it('tells what the broker refuses', async () => {
    const topic = `small-${driver}`
    const admin = await client.admin()
    await admin.createTopic(topic, { configs: { 'max.message.bytes': '200' } })
    const producer = await client.producer()
    const error = await producer.send(topic, { value: 'x'.repeat(1000) }).catch(e => e)
    expect(error).toBeInstanceOf(SendError)
    expect(error.message).toMatch(
      new RegExp(`^1 of 1 records to ${topic} were not acked: failed \\(MESSAGE_TOO_LARGE: `),
    )
    expect(await admin.offsets(topic)).toEqual([0])
    await expect(admin.createTopic('more', { replicationFactor: 3 })).rejects.toThrow(
      'topic.replicationFactor is 3: expected at most the number of brokers',
    )
  })
})
