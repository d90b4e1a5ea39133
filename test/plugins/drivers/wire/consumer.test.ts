import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Slabs } from '../../../../plugins/drivers/wire/consumer/slabs.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  batchCrc,
} from '../../../../plugins/protocol/batch.ts'
import { encodeBatch } from '../../../../plugins/protocol/records.ts'
import { Fixture, keepReading, now, read, soon, until, valuesOf } from './consumer/fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await Fixture.open()
})
afterAll(() => f.close())

const at = (topic: string, partition = 0, offset = 0) => [{ topic, partition, offset }]

describe('assign', () => {
  it('reads the partitions it was given from the offsets it was given', async () => {
    const topic = await f.topic(3)
    for (const partition of [0, 1, 2])
      for (let i = 0; i < 10; i++) await f.write(topic, partition, ['a', 'b', 'c', 'd', 'e'])
    const consumer = await f.assigned([...at(topic, 0, 43), ...at(topic, 2, 0)])
    const records = await read(consumer, 57)
    const offsets = (partition: number) =>
      records.filter(each => each.partition === partition).map(each => each.offset)
    expect(offsets(0)).toEqual([43, 44, 45, 46, 47, 48, 49])
    expect(offsets(1)).toEqual([])
    expect(offsets(2)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(consumer.position().map(each => each.offset)).toEqual([50, 50])
    expect(consumer.events).toEqual([])
    await consumer.leave()
    expect(consumer.position()).toEqual([])
  })

  it('commits for a group when told so, and only then', async () => {
    const topic = await f.topic()
    await f.write(topic, 0, ['a', 'b'])
    const consumer = await f.assigned(at(topic), { group: 'simple' })
    await read(consumer, 2)
    await consumer.commit()
    expect(await f.committed('simple', topic, 1)).toEqual([2])
    await consumer.commit([{ topic, partition: 0, offset: 1 }])
    await consumer.leave()
    expect(await f.committed('simple', topic, 1)).toEqual([1])
    const groupless = await f.consumer()
    await expect(groupless.subscribe(['x'])).rejects.toThrow(/without a group cannot subscribe/)
    await expect(groupless.commit()).rejects.toThrow(/nothing to commit to/)
    const idle = { timeoutUs: 1, signal: soon() }
    await expect(groupless.poll(() => undefined, idle)).rejects.toThrow(/subscribe or assign first/)
  })

  it('goes on where the log begins, or ends, when it has not the offset', async () => {
    const topic = await f.topic()
    await f.write(topic, 0, ['a', 'b', 'c'])
    const first = await f.assigned(at(topic, 0, 99), { from: 'earliest' })
    expect(valuesOf(await read(first, 3))).toEqual(['a', 'b', 'c'])
    expect(first.events).toMatchObject([{ kind: 'error', code: 'OFFSET_OUT_OF_RANGE', records: 0 }])
    const last = await f.assigned(at(topic, 0, 99), { from: 'latest' })
    await until('it is at the end', () => last.position()[0]!.offset === 3)
    await f.write(topic, 0, ['d'])
    expect(valuesOf(await read(last, 1))).toEqual(['d'])
    await Promise.all([first.leave(), last.leave()])
  })

  it('fails in time for a topic that is not there, and says so', async () => {
    const consumer = await f.consumer({ timeoutUs: 300_000 })
    await expect(consumer.assign(at('no-such-topic'))).rejects.toThrow(
      'topic no-such-topic has not been found for 0.3 s',
    )
    const topic = await f.topic(3)
    await expect(consumer.assign(at(topic, 7))).rejects.toThrow(`topic ${topic} has 3 partitions, not 8`)
  })
})

describe('poll', () => {
  it('waits as long as it is told when nothing arrives, and not for a signal that is given', async () => {
    const consumer = await f.assigned(at(await f.topic()))
    const none = () => expect.unreachable()
    await consumer.poll(none, { timeoutUs: 20_000, signal: soon() })
    await consumer.poll(none, { timeoutUs: 60_000_000, signal: AbortSignal.abort() })
    const stop = new AbortController()
    const polling = consumer.poll(none, { timeoutUs: 60_000_000, signal: stop.signal })
    stop.abort()
    await polling
    const last = consumer.poll(none, { timeoutUs: 60_000_000, signal: soon() })
    await consumer.leave()
    await last
  })

  it('tells when a batch was there, how many records it has, and what is left', async () => {
    const topic = await f.topic()
    const before = now()
    await f.fill(topic, 1, 20)
    const consumer = await f.assigned(at(topic))
    await until('the end of the log is known', () => consumer.lag()[0]!.lag === 20)
    const counts: number[] = []
    const records = await read(consumer, 20, batch => {
      counts.push(batch.count)
      expect(batch.polledAt).toBeLessThanOrEqual(now())
      expect(batch.polledAt).toBeGreaterThan(before)
    })
    expect(counts).toEqual([10, 10])
    expect(records.map(each => each.offset)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(consumer.lag()).toEqual([{ topic, partition: 0, lag: 0 }])
    await consumer.leave()
  })

  it('gives a batch again that its taker could not take', async () => {
    const topic = await f.topic()
    const values = await f.fill(topic, 1, 10)
    const consumer = await f.assigned(at(topic))
    const failing = async () => {
      for (;;)
        await consumer.poll(
          () => {
            throw new Error('no')
          },
          { timeoutUs: 100_000, signal: soon() },
        )
    }
    await expect(failing()).rejects.toThrow('no')
    expect(consumer.position()[0]!.offset).toBe(0)
    expect(valuesOf(await read(consumer, 10))).toEqual(values)
    await consumer.leave()
  })

  it('gives nothing while paused, and everything after', async () => {
    const topic = await f.topic(2)
    const consumer = await f.assigned([...at(topic, 0), ...at(topic, 1)])
    consumer.pause()
    const values = await f.fill(topic, 2, 100)
    expect(await read(consumer, 0)).toEqual([])
    consumer.resume()
    expect(valuesOf(await read(consumer, 100))).toEqual(values)
    await consumer.leave()
  })

  it('gives nothing more once its taker has left', async () => {
    const topic = await f.topic()
    await f.fill(topic, 1, 30)
    const consumer = await f.assigned(at(topic))
    let batches = 0
    await consumer.poll(
      () => {
        batches++
        consumer.kill()
      },
      { timeoutUs: 10_000_000, signal: soon() },
    )
    expect(batches).toBe(1)
  })

  it('holds no more than it may, however much there is, and loses nothing by it', async () => {
    const topic = await f.topic(4, { 'max.message.bytes': '2000000' })
    const value = Buffer.alloc(20_000, 'x')
    const large = encodeBatch([{ value: Buffer.alloc(600_000) }, { value }])
    const small = encodeBatch(Array.from({ length: 10 }, () => ({ value })))
    for (let i = 0; i < 8; i++)
      for (const partition of [0, 1, 2, 3]) await f.write(topic, partition, i % 4 === 3 ? large : small)
    const from = [0, 1, 2, 3].map(partition => ({ topic, partition, offset: 0 }))
    // an answer holds 300 kB: less than a large batch, which comes all the same
    const tuning = { prefetchBytes: 500_000, maxBytes: 300_000, partitionBytes: 150_000 }
    const consumer = await f.assigned(from, {}, tuning)
    await new Promise(resolve => setTimeout(resolve, 300))
    let seen = 0
    const signal = soon()
    while (seen < 4 * (6 * 10 + 2 * 2) && !signal.aborted)
      await consumer.poll(batch => batch.each(() => seen++), { timeoutUs: 100_000, signal })
    expect(seen).toBe(256)
    expect(consumer.position().map(each => each.offset)).toEqual([64, 64, 64, 64])
    expect(consumer.events).toEqual([])
    await consumer.leave()
  })

  it.each([
    { records: 1, bytes: 100, writes: 400 },
    { records: 10, bytes: 20_000, writes: 60 },
  ])('holds about as much memory as may wait, in answers of $records × $bytes B', async load => {
    const tuning = { prefetchBytes: 200_000, maxBytes: 300_000, partitionBytes: 300_000 }
    const memory = watchSlabs()
    const topic = await f.topic()
    const batch = encodeBatch(
      Array.from({ length: load.records }, () => ({ value: Buffer.alloc(load.bytes) })),
    )
    const consumer = await f.assigned([{ topic, partition: 0, offset: 0 }], {}, tuning)
    // nobody polls: each is an answer of its own, mostly, until there is no room
    for (let n = 0; n < load.writes; n++) await f.write(topic, 0, batch)
    await until('something waits', () => memory.held > 0)
    let seen = 0
    const signal = soon()
    while (seen < load.writes * load.records && !signal.aborted)
      await consumer.poll(each => each.each(() => seen++), { timeoutUs: 100_000, signal })
    expect(seen).toBe(load.writes * load.records)
    expect(memory.held).toBe(0)
    // twice what may wait, since memory comes in powers of two, and the answer that came last
    expect(memory.most).toBeLessThan(2 * (tuning.prefetchBytes + tuning.maxBytes))
    await consumer.leave()
  })
})

/** Bytes of memory for answers that are in use, now and at most, from now on. */
function watchSlabs() {
  const memory = { held: 0, most: 0 }
  const { take, release } = Slabs.prototype
  vi.spyOn(Slabs.prototype, 'take').mockImplementation(function (this: Slabs, bytes) {
    const slab = take.call(this, bytes)
    memory.held += slab.memory.length
    memory.most = Math.max(memory.most, memory.held)
    return slab
  })
  vi.spyOn(Slabs.prototype, 'release').mockImplementation(function (this: Slabs, slab) {
    if (slab.users === 1) memory.held -= slab.memory.length
    release.call(this, slab)
  })
  return memory
}
afterEach(() => {
  vi.restoreAllMocks()
})

describe('what cannot be read', () => {
  function packed(codec: number, pack: (bytes: Buffer) => Buffer, values: readonly string[]): Buffer {
    const plain = encodeBatch(values.map(value => ({ value: Buffer.from(value) })))
    const batch = Buffer.concat([
      plain.subarray(0, BATCH_HEADER_BYTES),
      pack(plain.subarray(BATCH_HEADER_BYTES)),
    ])
    batch.writeInt32BE(batch.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
    batch.writeInt16BE(codec, batchAt.attributes)
    batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
    return batch
  }

  it('has any codec, from its first batch on', async () => {
    const topic = await f.topic()
    const batches = [
      packed(3, each => compressFrameSync(each), ['a', 'b']),
      packed(1, each => gzipSync(each), ['c', 'd']),
      packed(2, each => compressSync(each), ['e', 'f']),
      packed(4, each => zstdCompressSync(each), ['g', 'h']),
    ]
    for (const batch of batches) await f.write(topic, 0, batch)
    const consumer = await f.assigned(at(topic))
    expect(valuesOf(await read(consumer, 8))).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    expect(consumer.events).toEqual([])
    await consumer.leave()
  })

  it('is said, and the position kept: a batch that is not bearable', async () => {
    const topic = await f.topic()
    await f.write(topic, 0, ['before'])
    await f.write(
      topic,
      0,
      packed(4, () => zstdCompressSync(Buffer.alloc(160 * 1024 * 1024)), ['in the way']),
    )
    await f.write(topic, 0, ['after'])
    const consumer = await f.assigned(at(topic))
    expect(valuesOf(await read(consumer, 1))).toEqual(['before'])
    await until('it is said', () => consumer.events.length > 0)
    expect(consumer.events[0]).toMatchObject({
      kind: 'error',
      code: 'UNSUPPORTED_COMPRESSION_TYPE',
      message: expect.stringMatching(/^partition 0 of read-\d+: a batch of more than 128 MiB, decompressed/),
    })
    expect(consumer.position()[0]!.offset).toBe(1)
    await consumer.leave()
  })

  it('is not passed over, though what follows it was asked for already', async () => {
    const topic = await f.topic()
    const bomb = zstdCompressSync(Buffer.alloc(160 * 1024 * 1024))
    await f.write(
      topic,
      0,
      packed(4, () => bomb, ['in the way']),
    )
    await f.write(topic, 0, ['after'])
    // a batch an answer; the second one comes when the first was found to be unbearable
    f.broker.faults.add({ when: { api: 'Fetch', topic, after: 1, times: 1 }, do: { delay: '500ms' } })
    const consumer = await f.assigned(at(topic), {}, { partitionBytes: 1 })
    await until('the first one is here', () => consumer.lag()[0]!.lag > 0)
    await new Promise(resolve => setTimeout(resolve, 50))
    const reading = keepReading(consumer)
    await until('it is asked for again', () => consumer.events.length > 1)
    await reading.stop()
    expect(reading.records).toEqual([])
    expect(consumer.position()[0]!.offset).toBe(0)
    await consumer.leave()
  })

  it('is said: a topic that was deleted, until there is one again', async () => {
    const topic = await f.topic()
    await f.write(topic, 0, ['old', 'older'])
    const consumer = await f.assigned(at(topic), { from: 'earliest' })
    expect(await read(consumer, 2)).toHaveLength(2)
    await f.delete(topic)
    const codes = () => consumer.events.map(each => (each.kind === 'error' ? each.code : each.kind))
    const reading = read(consumer, 1)
    await until('it is said', () => codes().includes('UNKNOWN_TOPIC_OR_PARTITION'))
    await f.create(topic, 1)
    await f.write(topic, 0, ['new'])
    expect(valuesOf(await reading)).toEqual(['new'])
    await consumer.leave()
  })
})
