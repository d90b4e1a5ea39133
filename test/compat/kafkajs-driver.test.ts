import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Consumer, Driver, ProducerSettings } from '../../core/plugin.ts'
import { driverFor, Harness, read, soon, TIMEOUT_US, until } from '../plugins/drivers/kafkajs/driver.ts'
import { runJavaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

let kafka: RealKafka
let driver: Driver
let admin: Admin
let topics = 0

beforeAll(async () => {
  kafka = await startKafka()
  driver = driverFor(kafka.address)
  admin = await driver.admin()
}, 180_000)
afterAll(async () => {
  await driver?.close(soon())
  await kafka?.stop()
})

async function topic(partitions: number, configs: Record<string, string> = {}): Promise<string> {
  const name = `driver-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs })
  return name
}
async function assigned(name: string, partitions: number, options = {}): Promise<Consumer> {
  const consumer = await driver.consumer({ timeoutUs: TIMEOUT_US, ...options })
  await consumer.assign(
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0 })),
  )
  return consumer
}
const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)

/** End offsets as Kafka's own tool counts them. */
async function countedByKafka(name: string): Promise<number> {
  const args = ['--bootstrap-server', kafka.address, '--topic', name]
  const lines = (await runJavaTool('org.apache.kafka.tools.GetOffsetShell', args)).trim().split('\n')
  return total(lines.map(line => Number(line.split(':')[2])))
}

it('tells what the broker is', async () => {
  expect(await admin.broker()).toMatch(/^Apache Kafka 4\.1, 1 broker, cluster \S{22}$/)
})

describe('producing', () => {
  it.each<[string, Partial<ProducerSettings>]>([
    ['acks=all', { acks: -1 }],
    ['acks=1', { acks: 1 }],
    ['acks=0', { acks: 0 }],
    ['gzip', { compression: 'gzip' }],
    ['zstd', { compression: 'zstd' }],
    ['idempotent', { idempotent: true, maxInFlight: 1 }],
  ])('with %s writes each record once, with its key, headers and order', async (_, changes) => {
    const count = 5000
    const name = await topic(4)
    const harness = await Harness.open(driver, name, 4, changes)
    for (let i = 0; i < count; i++) {
      harness.append({ key: `key-${i % 100}`, headers: { n: `${i}`, raw: new Uint8Array([i & 255]) } })
      if (i % 500 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await harness.producer.flush(soon())
    expect([harness.count(changes.acks === 0 ? 'unknown' : 'acked'), harness.balance()]).toEqual([count, 0])
    expect(harness.events).toEqual([])
    const consumer = await assigned(name, 4)
    const headers = new Map<string, string>()
    const records = await read(consumer, count, batch =>
      batch.each(view =>
        headers.set(view.value()!.toString(), `${view.header('n')}/${view.header('raw')![0]}`),
      ),
    )
    const values = records.map(each => each.value!)
    expect(values.sort()).toEqual(Array.from({ length: count }, (_, i) => `v${i}`).sort())
    for (let i = 0; i < count; i++) expect(headers.get(`v${i}`)).toBe(`${i}/${i & 255}`)
    for (let partition = 0; partition < 4; partition++) {
      const order = records
        .filter(each => each.partition === partition)
        .map(each => Number(each.value!.slice(1)))
      expect(order).toEqual([...order].sort((a, b) => a - b))
    }
    expect(total(await admin.offsets(name, 'end'))).toBe(count)
    expect(await countedByKafka(name)).toBe(count)
    await consumer.leave()
  })

  it.each([
    ['MESSAGE_TOO_LARGE', 'failed', { 'max.message.bytes': '100' }, {}, {}],
    ['INVALID_TIMESTAMP', 'failed', { 'message.timestamp.before.max.ms': '1000' }, {}, { timestamp: 5 }],
    ['INVALID_RECORD', 'failed', { 'cleanup.policy': 'compact' }, {}, { key: null }],
    ['MESSAGE_TOO_LARGE', 'failed', { 'max.message.bytes': '100' }, { idempotent: true, maxInFlight: 1 }, {}],
  ] as const)(
    'is refused with %s: %s, and nothing is written',
    async (error, state, configs, changes, given) => {
      const name = await topic(1, configs)
      const harness = await Harness.open(driver, name, 1, changes)
      for (let i = 0; i < 10; i++) harness.append({ value: 'x'.repeat(50), ...given })
      await harness.producer.flush(soon())
      expect(harness.outcomes).toMatchObject([{ state, error, count: 10 }])
      expect(await admin.offsets(name, 'end')).toEqual([0])
    },
  )

  it('to a topic that is deleted meanwhile ends', async () => {
    const name = await topic(1)
    const harness = await Harness.open(driver, name, 1, { acks: 1, deliveryTimeoutUs: 5_000_000 })
    harness.append()
    await harness.producer.flush(soon())
    await admin.delete(name)
    for (let i = 0; i < 10; i++) harness.append()
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.balance()]).toEqual([1, 0])
    expect(harness.outcomes[1]!.error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('consuming', () => {
  it('in a group begins where subscribe resolved', async () => {
    const name = await topic(6)
    const old = await Harness.open(driver, name, 6)
    for (let i = 0; i < 100; i++) old.append({ key: i })
    await old.producer.flush(soon())
    const consumers = await Promise.all(
      [0, 1].map(async () => {
        const consumer = await driver.consumer({ group: name, from: 'latest', timeoutUs: TIMEOUT_US })
        await consumer.subscribe([name])
        return consumer
      }),
    )
    await until('both have partitions', () => consumers.every(each => each.position().length === 3))
    const harness = await Harness.open(driver, name, 6)
    for (let i = 0; i < 3000; i++) harness.append({ key: i })
    await harness.producer.flush(soon())
    const read1 = new Set<string>()
    let records = 0
    const signal = soon()
    while (records < 3000 && !signal.aborted)
      for (const consumer of consumers)
        await consumer.poll(
          batch =>
            batch.each(view => {
              records++
              read1.add(view.value()!.toString())
            }),
          { timeoutUs: 20_000, signal },
        )
    expect([records, read1.size]).toEqual([3000, 3000])
    expect(total(consumers.flatMap(each => each.position()).map(each => each.offset))).toBe(3100)
    await Promise.all(consumers.map(each => each.leave()))
    const resumed = await driver.consumer({ group: name, from: 'earliest', timeoutUs: TIMEOUT_US })
    await resumed.subscribe([name])
    expect(total(resumed.position().map(each => each.offset))).toBe(3100)
    await resumed.leave()
  })

  it('tells LogAppendTime from CreateTime', async () => {
    const name = await topic(1, { 'message.timestamp.type': 'LogAppendTime' })
    const harness = await Harness.open(driver, name, 1)
    harness.append({ timestamp: 1000 })
    await harness.producer.flush(soon())
    const seen: unknown[] = []
    const consumer = await assigned(name, 1)
    await read(consumer, 1, batch =>
      batch.each(view => seen.push([view.timestampType, Math.abs(view.timestamp - Date.now()) < 60_000])),
    )
    expect(seen).toEqual([['LogAppendTime', true]])
    await consumer.leave()
  })

  it('sees transactions as its isolation says, and passes over their markers', async () => {
    const name = await topic(1)
    const other = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING })
    const producer = other.producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const write = async (value: string) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: name, messages: [{ value }] })
      return transaction
    }
    await (await write('committed')).commit()
    await (await write('aborted')).abort()
    const open = await write('open')
    expect(await admin.offsets(name, 'end')).toEqual([5])
    expect(await admin.offsets(name, 'stable')).toEqual([4])
    const [committed, uncommitted] = await Promise.all([
      assigned(name, 1, { isolation: 'read_committed' }),
      assigned(name, 1, { isolation: 'read_uncommitted' }),
    ])
    expect((await read(committed, 1)).map(each => each.value)).toEqual(['committed'])
    expect((await read(uncommitted, 3)).map(each => each.value)).toEqual(['committed', 'aborted', 'open'])
    await open.abort()
    await read(committed, 0)
    await until('the markers are passed', () => committed.position()[0]!.offset === 6)
    await Promise.all([producer.disconnect(), committed.leave(), uncommitted.leave()])
  })
})

describe('topics', () => {
  it('are made, described and deleted', async () => {
    expect(await admin.describe('none-such')).toBeUndefined()
    const name = await topic(3, { 'retention.ms': '3600000' })
    expect(await admin.describe(name)).toMatchObject({
      partitions: 3,
      configs: { 'retention.ms': '3600000' },
    })
    await admin.delete(name)
    expect(await admin.describe(name)).toBeUndefined()
  })
  it.each([
    ['topic.replicationFactor', { partitions: 1, replicationFactor: 3, configs: {} }],
    ['topic.partitions', { partitions: 0, replicationFactor: 1, configs: {} }],
    ['topic.configs', { partitions: 1, replicationFactor: 1, configs: { 'no.such.config': '1' } }],
  ])('are refused with the setting named: %s', async (path, options) => {
    const error = await admin.create('refused', options).catch(e => e)
    expect(error.name).toBe('ConfigError')
    expect(error.faults).toMatchObject([{ path }])
  })
})
