/** A machine that has no snappy. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Library, libraryOf } from '../../../../../plugins/drivers/wire/compression/library.ts'
import { WireDriver } from '../../../../../plugins/drivers/wire/driver.ts'
import { batchAt, batchCrc } from '../../../../../plugins/protocol/batch.ts'
import { encodeBatch } from '../../../../../plugins/protocol/records.ts'
import { Fixture, now, read, until, valuesOf } from '../consumer/fixture.ts'
import { Harness } from '../driver.ts'

vi.mock('snappy', () => {
  throw new Error('no binding')
})

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open()
})
afterAll(() => f.close())

it('is asked for once, and never rejects', async () => {
  let asked = 0
  const library = new Library('some-codec', async () => {
    asked++
    throw new Error('Cannot find native binding.\nMore of it.')
  })
  expect(() => library.module).toThrow('the package some-codec is not loaded')
  expect(library.settled).toBe(false)
  await Promise.all([library.load(), library.load()])
  expect([asked, library.settled]).toEqual([1, true])
  expect(() => library.module).toThrow('the package some-codec cannot be loaded: Cannot find native binding.')
})

it('is needed for snappy and lz4 alone', () => {
  const needed = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].filter(each => libraryOf(each) !== undefined)
  expect(needed).toEqual(['snappy', 'lz4'])
})

it('is a fault of the configuration where a producer needs it', async () => {
  const driver = new WireDriver(f.broker.addresses, now, 10_000_000)
  const error = await Harness.open(driver, await f.topic(), 1, { compression: 'snappy' }).catch(e => e)
  await driver.close()
  expect(error.name).toBe('ConfigError')
  expect(error.faults).toMatchObject([
    {
      path: 'producer.compression',
      value: 'snappy',
      hint: expect.stringMatching(/^the package snappy cannot be loaded: .*; choose none, gzip or zstd$/),
    },
  ])
})

it('is said where a consumer needs it, and the position kept', async () => {
  const topic = await f.topic()
  await f.write(topic, 0, ['before'])
  const plain = encodeBatch([{ value: Buffer.from('in the way') }])
  plain.writeInt16BE(2, batchAt.attributes)
  plain.writeUInt32BE(batchCrc(plain, 0, plain.length), batchAt.crc)
  await f.write(topic, 0, plain)
  const consumer = await f.assigned([{ topic, partition: 0, offset: 0 }])
  expect(valuesOf(await read(consumer, 1))).toEqual(['before'])
  await until('it is said', () => consumer.events.length > 0)
  expect(consumer.events[0]).toMatchObject({
    kind: 'error',
    code: 'UNSUPPORTED_COMPRESSION_TYPE',
    message: expect.stringMatching(/: snappy is not readable here: the package snappy cannot be loaded/),
  })
  expect(consumer.position()[0]!.offset).toBe(1)
  await consumer.leave()
})
