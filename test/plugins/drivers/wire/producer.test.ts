/** What is peculiar to this driver's producer; what every driver's does is in test/conformity. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Driver } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { driverFor, Harness, soon } from './driver.ts'

let broker: RunningBroker
let driver: Driver
let admin: Admin

beforeAll(async () => {
  broker = await startBroker()
  driver = driverFor(broker.address)
  admin = await driver.admin()
})
afterAll(async () => {
  await driver.close(soon())
  await broker.close()
})

async function open(name: string, changes = {}): Promise<Harness> {
  await admin.create(name, { partitions: 3, replicationFactor: 1, configs: {} })
  return Harness.open(driver, name, 3, changes)
}

it('says how many partitions there are when one is chosen that there is not', async () => {
  const harness = await open('chosen')
  expect(() => harness.append({ partition: 3 })).toThrow(
    /partition 3 was chosen for record 0.*has 3 \(0 to 2\)/,
  )
})

it('refuses a record that is too large at once, without a partition, and says what to set', async () => {
  const harness = await open('large')
  harness.append({ value: 'x'.repeat(2 << 20) })
  expect(harness.outcomes).toMatchObject([
    { state: 'failed', error: 'RecordTooLarge', partition: -1, baseSequence: -1, count: 1, index: [0] },
  ])
  expect(harness.events).toMatchObject([
    {
      kind: 'error',
      code: 'RecordTooLarge',
      records: 1,
      message: expect.stringMatching(/20971\d\d bytes, 1048576 at most: raise producer.batchSize/),
    },
  ])
})

it('closes a batch by its size in the log', async () => {
  const harness = await open('sizes', { lingerUs: 10_000_000, batchBytes: 1000 })
  for (let i = 0; i < 90; i++) harness.append({ value: 'x'.repeat(88), partition: 0 })
  await harness.producer.flush(soon())
  // 61 bytes of header, and 96 or 97 a record
  expect(harness.outcomes.map(each => each.count)).toEqual(Array(10).fill(9))
})

describe('settings that it cannot do', () => {
  it.each([
    [{ idempotent: true, acks: 1 }, /^producer\.acks is 1: expected 'all'/],
    [{ idempotent: true, maxInFlight: 6 }, /^producer\.maxInFlight is 6: expected at most 5/],
    [
      { compression: 'gzip', compressionLevel: 10 },
      /^producer\.compressionLevel is 10: expected a level of gzip: 1 to 9/,
    ],
    [{ compression: 'gzip', compressionLevel: 0 }, /^producer\.compressionLevel is 0: expected a level of/],
    [
      { compression: 'zstd', compressionLevel: 23 },
      /^producer\.compressionLevel is 23: expected a level of zstd: -131072 to 22/,
    ],
    [
      { compression: 'lz4', compressionLevel: 3 },
      /^producer\.compressionLevel is 3: expected to be left out, since producer\.compression is lz4/,
    ],
    [{ compressionLevel: 3 }, /^producer\.compressionLevel is 3: .* since producer\.compression is none/],
  ] as const)('are refused before anything is sent: %j', async (changes, message) => {
    const error = await Harness.open(driver, 'any', 1, changes).catch(e => e)
    expect(error.name).toBe('ConfigError')
    expect(error.message).toMatch(message)
  })
  it('are told all at once', async () => {
    const changes = { idempotent: true, acks: 0, maxInFlight: 6 } as const
    const error = await Harness.open(driver, 'any', 1, changes).catch(e => e)
    expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
      'producer.acks',
      'producer.maxInFlight',
    ])
  })
})
