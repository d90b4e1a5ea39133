/** What is peculiar to this driver's producer; what every driver's does is in test/conformity. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { driverFor, Harness, soon } from './driver.ts'

let broker: RunningBroker
let driver: Driver

beforeAll(async () => {
  broker = await startBroker()
  driver = driverFor(broker.address)
  await (await driver.admin()).create('any', { partitions: 1, replicationFactor: 1, configs: {} })
})
afterAll(async () => {
  await driver.close(soon())
  await broker.close()
})

it('refuses a record that is too large at once, by the bytes of its value', async () => {
  const harness = await Harness.open(driver, 'any', 1)
  harness.append({ value: 'x'.repeat(2 << 20) })
  expect(harness.outcomes).toMatchObject([{ state: 'failed', error: 'RecordTooLarge', partition: -1 }])
  expect(harness.events).toMatchObject([
    { message: expect.stringMatching(/2097152 bytes, 1048576 at most: raise producer.batchSize/) },
  ])
})

describe('settings that kafkajs cannot do', () => {
  it.each([
    [{ compression: 'snappy' }, /^producer\.compression is "snappy": expected none, gzip or zstd/],
    [{ compression: 'lz4' }, /^producer\.compression is "lz4"/],
    [{ idempotent: true, acks: 1 }, /^producer\.acks is 1: expected 'all'/],
    [{ connections: 2 }, /^producer\.connections is 2: expected 1 with the kafkajs driver/],
  ] as const)('are refused before anything is sent: %j', async (changes, message) => {
    const error = await Harness.open(driver, 'any', 1, changes).catch(e => e)
    expect(error.name).toBe('ConfigError')
    expect(error.message).toMatch(message)
  })
  it('are told all at once', async () => {
    const changes = { idempotent: true, acks: 0, compression: 'lz4' } as const
    const error = await Harness.open(driver, 'any', 1, changes).catch(e => e)
    expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
      'producer.compression',
      'producer.acks',
    ])
  })
  it('include transactions', async () => {
    const harness = await Harness.open(driver, 'any', 1)
    expect(driver.can).toEqual({ wireTime: false, transactions: false, consumerProtocol: false })
    expect(() => harness.producer.begin()).toThrow(/no transactions/)
    await expect(harness.producer.end('commit')).rejects.toThrow(/no transactions/)
  })
})
