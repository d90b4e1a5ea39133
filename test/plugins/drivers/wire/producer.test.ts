import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Consumer, Driver, RecordView } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { partitionOf } from '../../../../plugins/protocol/murmur2.ts'
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

async function topic(partitions: number, configs = {}): Promise<string> {
  const name = `produced-${topics++}`
  await admin.create(name, { partitions, replicationFactor: 1, configs })
  return name
}
async function reader(name: string, partitions: number): Promise<Consumer> {
  const consumer = await driver.consumer({ timeoutUs: TIMEOUT_US })
  await consumer.assign(
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, offset: 0 })),
  )
  return consumer
}
/** What each record looked like, while its view was valid. */
async function views<T>(consumer: Consumer, count: number, look: (view: RecordView) => T): Promise<T[]> {
  const seen: T[] = []
  await read(consumer, count, batch => batch.each(view => seen.push(look(view))))
  return seen
}

describe('records', () => {
  it('arrive with key, value, headers and timestamp as they were given', async () => {
    const name = await topic(1)
    const { producer, append } = bound(await Harness.open(driver, name, 1))
    append({
      key: 'ключ',
      value: 'wert',
      headers: { a: 'text', b: new Uint8Array([1, 2]) },
      timestamp: 1_700_000_000_123,
    })
    append({ key: 9_007_199_254_740_991, value: '' })
    append({ key: 0, value: null })
    append({ key: -7 })
    append({ key: 2.5 })
    append({ key: new Uint8Array([0, 255]), value: 'bytes' })
    append({ key: null, value: null })
    append({ key: '', value: 'x', headers: { __proto__x: 'y', 1: 'one' } })
    await producer.flush(soon())
    const seen = await views(await reader(name, 1), 8, view => ({
      key: view.key()?.toString('latin1') ?? null,
      keyBytes:
        view.keyLength < 0
          ? null
          : view.bytes.toString('latin1', view.keyStart, view.keyStart + view.keyLength),
      value: view.value()?.toString() ?? null,
      valueBytes:
        view.valueLength < 0
          ? null
          : view.bytes.toString('utf8', view.valueStart, view.valueStart + view.valueLength),
      headers: ['a', 'b', '__proto__x', '1', 'none'].map(each => view.header(each)?.toString('latin1')),
      type: view.timestampType,
      timestamp: view.timestamp,
      offset: view.offset,
    }))
    expect(seen.map(({ key, value }) => [key, value])).toEqual([
      [Buffer.from('ключ').toString('latin1'), 'wert'],
      ['9007199254740991', ''],
      ['0', null],
      ['-7', 'v3'],
      ['2.5', 'v4'],
      ['\x00\xff', 'bytes'],
      [null, null],
      ['', 'x'],
    ])
    expect(seen.map(each => each.keyBytes)).toEqual(seen.map(each => each.key))
    expect(seen.map(each => each.valueBytes)).toEqual(seen.map(each => each.value))
    expect(seen[0]!.headers).toEqual(['text', '\x01\x02', undefined, undefined, undefined])
    expect(seen[7]!.headers).toEqual([undefined, undefined, 'y', 'one', undefined])
    expect(seen[0]!.timestamp).toBe(1_700_000_000_123)
    expect(Math.abs(seen[1]!.timestamp - Date.now())).toBeLessThan(60_000)
    expect(seen.map(each => each.offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(new Set(seen.map(each => each.type))).toEqual(new Set(['CreateTime']))
  })

  it('carry the stamp in a header, with the sequence in their partition', async () => {
    const name = await topic(2)
    const { producer, append } = bound(await Harness.open(driver, name, 2))
    for (let i = 0; i < 6; i++) append({ partition: i % 2, stampHeader: true, headers: { other: 'x' } })
    await producer.flush(soon())
    const seen = await views(await reader(name, 2), 6, view => [
      view.partition,
      view.header('loadtest')?.length,
      view.header('loadtest')?.readUInt32BE(0),
      view.header('other')?.toString(),
    ])
    expect(seen.filter(([partition]) => partition === 0).map(each => each.slice(1))).toEqual([
      [52, 0, 'x'],
      [52, 1, 'x'],
      [52, 2, 'x'],
    ])
  })

  it('tell of a topic that stamps them itself', async () => {
    const name = await topic(1, { 'message.timestamp.type': 'LogAppendTime' })
    const { producer, append } = bound(await Harness.open(driver, name, 1))
    append({ timestamp: 5 })
    await producer.flush(soon())
    const [seen] = await views(await reader(name, 1), 1, view => [view.timestampType, view.timestamp > 1e12])
    expect(seen).toEqual(['LogAppendTime', true])
  })

  it('go where the Java client would put their key, and keyless ones stick to a partition until its batch closes', async () => {
    const name = await topic(5)
    const harness = await Harness.open(driver, name, 5, { lingerUs: 20_000, batchBytes: 1000 })
    for (let i = 0; i < 40; i++) harness.append({ key: `k${i}` })
    await harness.producer.flush(soon())
    const keyed = await read(await reader(name, 5), 40)
    for (const { key, partition } of keyed) expect(partition).toBe(partitionOf(Buffer.from(key!), 5))
    const before = harness.outcomes.length
    for (let i = 0; i < 300; i++) harness.append()
    await harness.producer.flush(soon())
    const keyless = harness.outcomes.slice(before)
    expect(new Set(keyless.map(each => each.partition)).size).toBeGreaterThan(3)
    // all but the last one are full
    expect(keyless.filter(each => each.count < 20).length).toBeLessThan(2)
  })

  it('of a partition that the topic does not have are refused by name', async () => {
    const harness = await Harness.open(driver, await topic(3), 3)
    expect(() => harness.append({ partition: 3 })).toThrow(
      /partition 3 was chosen for record 0.*has 3 \(0 to 2\)/,
    )
    expect(harness.held()).toBe(0)
  })
})

describe('outcomes', () => {
  it.each([-1, 1] as const)('with acks=%d are acked, in append order, with offsets', async acks => {
    const name = await topic(3)
    const harness = await Harness.open(driver, name, 3, { acks })
    for (let i = 0; i < 3000; i++) harness.append({ key: i })
    expect(harness.balance()).toBe(0)
    expect(harness.held()).toBe(3000)
    await harness.producer.flush(soon())
    expect([harness.count('acked'), harness.held()]).toEqual([3000, 0])
    const next = [0, 0, 0]
    for (const { partition, baseOffset, baseSequence, count, index } of harness.outcomes) {
      expect([baseOffset, baseSequence]).toEqual([next[partition], next[partition]])
      expect(index).toEqual([...index].sort((a, b) => a - b))
      next[partition]! += count
    }
    expect(await admin.offsets(name, 'end')).toEqual(next)
    expect(harness.events).toEqual([])
    for (const { wireAt, ackedAt, enqueuedAt } of harness.outcomes) {
      expect(wireAt).toBeGreaterThanOrEqual(enqueuedAt.at(-1)!)
      expect(ackedAt).toBeGreaterThanOrEqual(wireAt)
    }
  })

  it('with acks=0 are unknown, and the records arrive', async () => {
    const name = await topic(2)
    const harness = await Harness.open(driver, name, 2, { acks: 0 })
    for (let i = 0; i < 500; i++) harness.append()
    await harness.producer.flush(soon())
    expect([harness.count('unknown'), harness.count('acked'), harness.held()]).toEqual([500, 0, 0])
    expect(harness.errors()).toEqual(new Set(['']))
    expect(await read(await reader(name, 2), 500)).toHaveLength(500)
    expect(harness.events).toEqual([])
  })

  it('balance at every instant, while batches wait and are under way', async () => {
    const harness = await Harness.open(driver, await topic(4), 4, { batchBytes: 500 })
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < 50; i++) harness.append({ key: i })
      expect(harness.balance()).toBe(0)
      await new Promise(resolve => setTimeout(resolve, 1))
      expect(harness.balance()).toBe(0)
    }
    await harness.producer.flush(soon())
    expect(harness.count('acked')).toBe(5000)
  })

  it('of a record that is too large come at once, without a partition', async () => {
    const name = await topic(1)
    const harness = await Harness.open(driver, name, 1)
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
    harness.append({ value: 'x'.repeat(100_000) })
    await harness.producer.flush(soon())
    expect(harness.outcomes[1]).toMatchObject({
      state: 'acked',
      baseSequence: 0,
      baseOffset: 0,
      bytes: 100_000,
    })
  })
})

describe('what is held', () => {
  it('is bounded in records, and room is told of', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { bufferRecords: 100, lingerUs: 5000 })
    let taken = 0
    while (harness.producer.room()) {
      harness.append()
      taken++
    }
    expect(taken).toBe(100)
    await until('room', () => harness.rooms > 0)
    expect(harness.producer.room()).toBe(true)
  })
  it('is bounded in bytes', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { bufferBytes: 10_000 })
    let taken = 0
    while (harness.producer.room()) {
      harness.append({ value: 'x'.repeat(1000) })
      taken++
    }
    // with what a record costs beside its value
    expect(taken).toBe(10)
  })
})

describe('batches', () => {
  it.each([
    ['none', false],
    ['none', true],
    ['gzip', false],
    ['snappy', true],
    ['lz4', false],
    ['zstd', true],
  ] as const)(
    'keep their order with %s and several requests under way (idempotent: %s)',
    async (compression, idempotent) => {
      const name = await topic(1)
      const harness = await Harness.open(driver, name, 1, {
        compression,
        idempotent,
        batchBytes: 2000,
        lingerUs: 0,
      })
      // large batches between small ones, which take less time to encode
      for (let i = 0; i < 2000; i++) {
        harness.append({ value: `${i}:${'lorem ipsum'.repeat(i % 50 === 0 ? 5000 : (i * 37) % 50)}` })
        if (i % 7 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await harness.producer.flush(soon())
      expect(harness.count('acked')).toBe(2000)
      const records = await read(await reader(name, 1), 2000)
      expect(records.map(each => Number(each.value!.split(':')[0]))).toEqual(
        Array.from({ length: 2000 }, (_, i) => i),
      )
    },
  )

  it('wait for linger, and not longer', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { lingerUs: 2_000_000 })
    harness.append()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(harness.held()).toBe(1)
    await until('the batch is sent', () => harness.count('acked') === 1)
  })

  it('close by size', async () => {
    const harness = await Harness.open(driver, await topic(1), 1, { lingerUs: 10_000_000, batchBytes: 1000 })
    for (let i = 0; i < 95; i++) harness.append({ value: 'x'.repeat(88) })
    await until('full batches are sent', () => harness.count('acked') === 90)
    expect(harness.held()).toBe(5)
    // 61 bytes of header, and 96 or 97 a record
    expect(harness.outcomes.map(each => each.count)).toEqual(Array(10).fill(9))
  })
})

describe('settings that the driver cannot do', () => {
  it.each([
    [{ idempotent: true, acks: 1 }, /^producer\.acks is 1: expected 'all'/],
    [{ idempotent: true, maxInFlight: 6 }, /^producer\.maxInFlight is 6: expected at most 5/],
  ] as const)('are refused before anything is sent: %j', async (changes, message) => {
    const error = await Harness.open(driver, await topic(1), 1, changes).catch(e => e)
    expect(error.name).toBe('ConfigError')
    expect(error.message).toMatch(message)
  })
  it('are told all at once', async () => {
    const error = await Harness.open(driver, 'any', 1, {
      idempotent: true,
      acks: 0,
      maxInFlight: 6,
    }).catch(e => e)
    expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
      'producer.acks',
      'producer.maxInFlight',
    ])
  })
  it('include transactions', async () => {
    const harness = await Harness.open(driver, await topic(1), 1)
    expect(driver.can).toEqual({ wireTime: true, transactions: false, consumerProtocol: false })
    expect(() => harness.producer.begin()).toThrow(/no transactions/)
    await expect(harness.producer.end('commit')).rejects.toThrow(/no transactions/)
  })
})

describe('flush', () => {
  it('rejects when it is told to stop', async () => {
    const harness = await Harness.open(driver, await topic(1), 1)
    for (let i = 0; i < 10; i++) harness.append()
    await expect(harness.producer.flush(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
  it('has nothing to wait for when nothing is held', async () => {
    const harness = await Harness.open(driver, await topic(1), 1)
    await harness.producer.flush(soon())
    await harness.producer.close(soon())
  })
})

function bound(harness: Harness) {
  return { producer: harness.producer, append: harness.append.bind(harness) }
}
