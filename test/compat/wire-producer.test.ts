import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Driver, ProducerSettings } from '../../core/plugin.ts'
import { partitionOf } from '../../plugins/protocol/murmur2.ts'
import { driverFor, Harness, soon } from '../plugins/drivers/wire/driver.ts'
import { codecsIn, readLog } from '../plugins/drivers/wire/log.ts'
import { runJavaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const run = promisify(execFile)

let kafka: RealKafka
let driver: Driver
let admin: Admin
let topics = 0

beforeAll(async () => {
  // it logs every batch that it refuses
  kafka = await startKafka({ quiet: true })
  driver = driverFor(kafka.address)
  admin = await driver.admin()
}, 180_000)
afterAll(async () => {
  await driver?.close(soon())
  await kafka?.stop()
})

async function topic(partitions: number, configs: Record<string, string> = {}): Promise<string> {
  const name = `wire-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs })
  return name
}
const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)

/** Each record as partition, key, value and headers, as librdkafka reads them. */
async function readByKcat(name: string): Promise<string[]> {
  const format = ['-C', '-e', '-q', '-o', 'beginning', '-X', 'check.crcs=true', '-f', '%p|%k|%s|%h\n']
  const { stdout } = await run('kcat', ['-b', kafka.address, '-t', name, ...format], { maxBuffer: 1 << 28 })
  return stdout.trimEnd().split('\n')
}
/** End offsets as Kafka's own tool counts them. */
async function countedByKafka(name: string): Promise<number> {
  const args = ['--bootstrap-server', kafka.address, '--topic', name]
  const lines = (await runJavaTool('org.apache.kafka.tools.GetOffsetShell', args)).trim().split('\n')
  return total(lines.map(line => Number(line.split(':')[2])))
}
const inPartition = (values: readonly string[], partition: number) =>
  values.filter(each => each.startsWith(`${partition}|`)).map(each => Number(each.split('|')[2]!.slice(1)))

it('tells what the broker is', async () => {
  expect(await admin.broker()).toMatch(/^Apache Kafka 4\.1, 1 broker, cluster \S{22}$/)
})

describe('producing', () => {
  const cases: [string, Partial<ProducerSettings>][] = []
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    for (const acks of [0, 1, -1] as const)
      cases.push([`acks=${acks}, ${compression}`, { acks, compression }])
    cases.push([`idempotent, ${compression}`, { idempotent: true, compression }])
  }
  it.each(cases)('with %s writes each record once, as it was given, in order', async (_, changes) => {
    const count = 5000
    const name = await topic(4)
    const harness = await Harness.open(driver, name, 4, changes)
    const expected: string[] = []
    for (let i = 0; i < count; i++) {
      const key = `schlüssel-${i % 100}`
      harness.append({ key, headers: { n: `${i}`, raw: new Uint8Array([65 + (i % 26)]) } })
      expected.push(
        `${partitionOf(Buffer.from(key), 4)}|${key}|v${i}|n=${i},raw=${String.fromCharCode(65 + (i % 26))}`,
      )
      if (i % 500 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await harness.producer.flush(soon())
    expect([harness.count(changes.acks === 0 ? 'unknown' : 'acked'), harness.balance()]).toEqual([count, 0])
    expect(harness.events).toEqual([])
    // with acks=0 nobody says when they are there
    await expect.poll(async () => total(await admin.offsets(name, 'end')), { timeout: 10_000 }).toBe(count)
    const read = await readByKcat(name)
    expect(read.toSorted()).toEqual(expected.toSorted())
    for (let partition = 0; partition < 4; partition++)
      expect(inPartition(read, partition)).toEqual(inPartition(expected, partition))
    expect(total(await admin.offsets(name, 'end'))).toBe(count)
    expect(await codecsIn(kafka.address, name)).toEqual([changes.compression])
  })

  it.each([
    ['gzip', 10],
    ['snappy', 10],
    ['snappy', 3000],
    ['lz4', 10],
    ['lz4', 3000],
    ['zstd', 10],
  ] as const)(
    'with %s is counted by Kafka, and read by its console consumer, values of %d B',
    async (compression, size) => {
      const name = await topic(1)
      // one batch of several blocks, when the values are large
      const changes = { compression, idempotent: true, batchBytes: 1_000_000, lingerUs: 1_000_000 }
      const harness = await Harness.open(driver, name, 1, changes)
      const values = Array.from({ length: 300 }, (_, i) => `v${i}`.padEnd(size, '-abcdefgh'))
      for (let i = 0; i < 300; i++) harness.append({ key: i, value: values[i]! })
      await harness.producer.flush(soon())
      expect(await codecsIn(kafka.address, name)).toEqual([compression])
      expect(await countedByKafka(name)).toBe(300)
      const consumer = [
        '--bootstrap-server',
        kafka.address,
        '--topic',
        name,
        '--from-beginning',
        '--max-messages',
        '300',
      ]
      const format = ['--property', 'print.key=true', '--property', 'key.separator=:']
      const text = await runJavaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
        ...consumer,
        ...format,
      ])
      expect(text.trim().split('\n')).toEqual(values.map((value, i) => `${i}:${value}`))
    },
  )

  it.each([
    ['MESSAGE_TOO_LARGE', 'failed', { 'max.message.bytes': '100' }, {}, {}],
    ['INVALID_TIMESTAMP', 'failed', { 'message.timestamp.before.max.ms': '1000' }, {}, { timestamp: 5 }],
    ['INVALID_RECORD', 'failed', { 'cleanup.policy': 'compact' }, {}, { key: null }],
    ['MESSAGE_TOO_LARGE', 'failed', { 'max.message.bytes': '100' }, { idempotent: true }, {}],
  ] as const)(
    'is refused with %s: %s, and nothing is written',
    async (error, state, configs, changes, given) => {
      const name = await topic(1, configs)
      const harness = await Harness.open(driver, name, 1, changes)
      for (let i = 0; i < 10; i++) harness.append({ value: 'x'.repeat(50), ...given })
      await harness.producer.flush(soon())
      expect([harness.count(state), harness.errors()]).toEqual([10, new Set([error])])
      expect(await admin.offsets(name, 'end')).toEqual([0])
    },
  )

  it.each([false, true])('splits what is too large together (idempotent: %s)', async idempotent => {
    const name = await topic(1, { 'max.message.bytes': '1000' })
    const harness = await Harness.open(driver, name, 1, { idempotent })
    for (let i = 0; i < 300; i++) harness.append({ value: `v${i}`.padEnd(i % 100 === 7 ? 1500 : 90, '-') })
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.count('failed'), harness.balance()]).toEqual([297, 3, 0])
    const [read] = await readLog(kafka.address, name, 1)
    const expected = Array.from({ length: 300 }, (_, i) => i).filter(i => i % 100 !== 7)
    const found = read!.map(each => Number(each.replace(/-+$/, '').slice(1)))
    expect(found.toSorted((a, b) => a - b)).toEqual(expected)
    if (idempotent) expect(found).toEqual(expected)
  })

  it('goes on in a new epoch after a batch that was given up', async () => {
    const name = await topic(1, { 'max.message.bytes': '1000' })
    const harness = await Harness.open(driver, name, 1, { idempotent: true, batchBytes: 300, lingerUs: 0 })
    for (let i = 0; i < 200; i++) {
      harness.append({ value: `v${i}`.padEnd(i % 20 === 7 ? 1500 : 20, '-') })
      if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.count('failed'), harness.balance()]).toEqual([190, 10, 0])
    const [read] = await readLog(kafka.address, name, 1)
    const expected = Array.from({ length: 200 }, (_, i) => i).filter(i => i % 20 !== 7)
    expect(read!.map(each => Number(each.replace(/-+$/, '').slice(1)))).toEqual(expected)
  })

  it('to a topic that is deleted meanwhile ends', async () => {
    const name = await topic(1)
    const harness = await Harness.open(driver, name, 1, { acks: 1, deliveryTimeoutUs: 3_000_000 })
    harness.append()
    await harness.producer.flush(soon())
    await admin.delete(name)
    for (let i = 0; i < 10; i++) harness.append()
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.balance()]).toEqual([1, 0])
    expect(harness.outcomes[1]).toMatchObject({ state: 'failed', error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })
})

describe('topics', () => {
  it('are made, described and deleted', async () => {
    const name = await topic(3, { 'retention.ms': '1234567' })
    expect(await admin.describe(name)).toMatchObject({
      id: expect.stringMatching(/^[\w-]{22}$/),
      partitions: 3,
      configs: { 'retention.ms': '1234567' },
    })
    await expect(admin.create(name, { partitions: 3, replicationFactor: 1, configs: {} })).rejects.toThrow(
      `topic ${name} is there already`,
    )
    await admin.delete(name)
    expect(await admin.describe(name)).toBeUndefined()
    expect(await admin.offsets(await topic(5), 'stable')).toEqual([0, 0, 0, 0, 0])
  })

  it.each([
    ['topic.replicationFactor', 'refused-1', { replicationFactor: 3 }],
    ['topic.partitions', 'refused-2', { partitions: 0 }],
    ['topic.name', 'no good/name', {}],
    ['topic.configs', 'refused-3', { configs: { 'retention.ms': 'soon' } }],
  ])('tell which of their settings the broker refused: %s', async (path, name, options) => {
    const error = await admin
      .create(name, { partitions: 3, replicationFactor: 1, configs: {}, ...options })
      .catch(e => e)
    expect(error.name).toBe('ConfigError')
    expect(error.faults).toMatchObject([{ path, hint: expect.stringMatching(/^the broker refused/) }])
  })
})
