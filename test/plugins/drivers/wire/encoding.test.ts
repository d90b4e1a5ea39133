/** What the producer encodes, read by the protocol's own decoder. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Key, ProducerOptions, ProducerSettings } from '../../../../core/plugin.ts'
import { PooledDraft } from '../../../../core/record.ts'
import { lz4, snappy } from '../../../../plugins/drivers/wire/compression/library.ts'
import { Accumulator } from '../../../../plugins/drivers/wire/producer/accumulator.ts'
import { type Batch, BEFORE } from '../../../../plugins/drivers/wire/producer/batch.ts'
import { ProduceRequests } from '../../../../plugins/drivers/wire/producer/request.ts'
import { split } from '../../../../plugins/drivers/wire/producer/split.ts'
import { decode } from '../../../../plugins/protocol/codec.ts'
import { produce } from '../../../../plugins/protocol/messages/produce.ts'
import { partitionOf } from '../../../../plugins/protocol/murmur2.ts'
import { ByteReader } from '../../../../plugins/protocol/reader.ts'
import { settings } from './driver.ts'
import { batchesIn } from './log.ts'

const PARTITIONS = 3
const NOW = 1_700_000_000_000

interface Given {
  readonly key: Key | null
  readonly value: Uint8Array | null
  readonly partition: number
  readonly headers: readonly (readonly [string, string | Uint8Array | null])[]
  readonly stampHeader: boolean
  readonly timestamp: number
}

const given: fc.Arbitrary<Given> = fc.record({
  key: fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.nat(),
    fc.maxSafeNat(),
    fc.double(),
    fc.uint8Array({ maxLength: 300 }),
  ),
  value: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 3000 }) },
  ),
  partition: fc.integer({ min: -1, max: PARTITIONS - 1 }),
  // of one name there may be several
  headers: fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('a', 'b'), fc.string({ unit: 'grapheme', maxLength: 20 })),
      fc.oneof(fc.constant(null), fc.string(), fc.uint8Array({ maxLength: 200 })),
    ),
    { maxLength: 5 },
  ),
  stampHeader: fc.boolean(),
  timestamp: fc.oneof(fc.constant(NOW), fc.integer({ min: -10, max: 2 ** 45 })),
})

function optionsWith(changes: Partial<ProducerSettings>): ProducerOptions {
  return { id: 0, topic: 't', partitions: PARTITIONS, timeoutUs: 1, settings: { ...settings, ...changes } }
}

/** All batches that come of some records, and the order in which each partition got them. */
function accumulate(all: readonly Given[], changes: Partial<ProducerSettings>) {
  let value: Uint8Array | null = null
  const accumulator = new Accumulator(
    optionsWith(changes),
    {
      outcome: () => undefined,
      room: () => undefined,
      event: () => undefined,
      late: () => undefined,
      fill: (_, target) => target.bytes.set(value!, target.start),
      stamp: (_, { bytes, start }, sequence) => bytes.fill(sequence, start, start + 52),
    },
    { ready: () => undefined, opened: () => undefined },
  )
  const draft = new PooledDraft()
  for (const [index, one] of all.entries()) {
    draft.begin(index, index / 3, index / 2, 0)
    draft.key = one.key
    draft.partition = one.partition
    draft.size = one.value === null ? -1 : one.value.length
    draft.stampHeader = one.stampHeader
    draft.timestamp = one.timestamp
    value = one.value
    for (const [name, text] of one.headers) draft.headers.add(name, text)
    accumulator.append(draft)
  }
  const batches: Batch[] = []
  for (const queue of accumulator.queues)
    for (let batch = accumulator.shift(queue); batch !== undefined; batch = accumulator.shift(queue))
      batches.push(batch)
  return { accumulator, batches }
}

function bytesOf(batch: Batch): Buffer {
  batch.sum()
  return batch.memory.subarray(BEFORE, BEFORE + batch.size)
}
function keyBytes(key: Key | null): Buffer | null {
  return key === null ? null : Buffer.from(typeof key === 'number' ? String(key) : (key as string))
}

const contentOf = (text: string | Uint8Array | null) => (text === null ? null : Buffer.from(text as string))

function check(all: readonly Given[], batches: readonly Batch[], attributes: number): void {
  const sequences = Array.from({ length: PARTITIONS }, () => 0)
  let records = 0
  for (const batch of batches) {
    expect(batch.baseSequence).toBe(sequences[batch.partition])
    const [read, ...none] = batchesIn(bytesOf(batch))
    expect(none).toEqual([])
    expect([read!.attributes, read!.records.length]).toEqual([attributes, batch.count])
    let valueBytes = 0
    for (const [n, record] of read!.records.entries()) {
      const index = batch.index[n]!
      const one = all[index]!
      const sequence = sequences[batch.partition]!++
      expect([batch.scheduledAt[n], batch.enqueuedAt[n]]).toEqual([index / 3, index / 2])
      expect(record.timestamp).toBe(one.timestamp)
      const key = keyBytes(one.key)
      expect(record.key).toEqual(key)
      expect(record.value).toEqual(one.value === null ? null : Buffer.from(one.value))
      const headers = one.headers.map(([key, text]) => ({ key, value: contentOf(text) }))
      if (one.stampHeader) headers.push({ key: 'loadtest', value: Buffer.alloc(52, sequence & 255) })
      expect(record.headers).toEqual(headers)
      if (one.partition >= 0) expect(batch.partition).toBe(one.partition)
      else if (key !== null) expect(batch.partition).toBe(partitionOf(key, PARTITIONS))
      valueBytes += one.value?.length ?? 0
      records++
    }
    expect(batch.valueBytes).toBe(valueBytes)
  }
  expect(records).toBe(all.length)
}

const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
const compression = fc.constantFrom<keyof typeof codecs>('none', 'gzip', 'snappy', 'lz4', 'zstd')
beforeAll(async () => {
  await Promise.all([snappy.load(), lz4.load()])
})
const batchBytes = fc.constantFrom(1, 500, 4000, 65_536)

describe('a record batch', () => {
  it('holds every record as it was given, in the order of its partition', () => {
    fc.assert(
      fc.property(fc.array(given, { maxLength: 60 }), compression, batchBytes, (all, codec, bytes) => {
        const { batches } = accumulate(all, { compression: codec, batchBytes: bytes })
        check(all, batches, codecs[codec])
        for (const batch of batches)
          if (batch.count > 1 && codec === 'none') expect(batch.size).toBeLessThanOrEqual(bytes)
      }),
    )
  })

  it.each([
    ['gzip', 1, 9],
    ['zstd', -1000, 19],
  ] as const)('is compressed with %s as its level says: %i or %i', (codec, quick, small) => {
    // words that come again and again, in an order that does not
    const words = Array.from({ length: 5000 }, (_, i) => `word ${((i * 7919) % 3001) ** 2 % 401} `)
    const all = [{ ...plain, value: Buffer.from(words.join('')) }]
    const sizes = [undefined, quick, small].map(compressionLevel => {
      const level = compressionLevel === undefined ? {} : { compressionLevel }
      const { batches } = accumulate(all, { compression: codec, ...level, batchBytes: 1 << 20 })
      check(all, batches, codecs[codec])
      return batches[0]!.size
    })
    const [byDefault, atLeast, atMost] = sizes as [number, number, number]
    expect(atLeast).toBeGreaterThan(byDefault)
    expect(atMost).toBeLessThanOrEqual(byDefault)
  })

  it('is still the same records when it is split until each is alone', () => {
    fc.assert(
      fc.property(fc.array(given, { minLength: 1, maxLength: 20 }), compression, (all, codec) => {
        const { accumulator, batches } = accumulate(all, { compression: codec, batchBytes: 1 << 20 })
        const apart = (batch: Batch): Batch[] =>
          batch.count === 1 ? [batch] : split(batch, accumulator).flatMap(half => apart(half))
        const single = batches.flatMap(apart)
        expect(single.length).toBe(all.length)
        check(all, single, codecs[codec])
      }),
      { numRuns: 50 },
    )
  })

  it('keeps its sequences when it is split', () => {
    const { accumulator, batches } = accumulate(
      Array.from({ length: 7 }, () => ({ ...plain, partition: 0 })),
      { batchBytes: 1 << 20 },
    )
    batches[0]!.giveSequence(77n, 3, 0x7fff_fffe)
    const halves = split(batches[0]!, accumulator)
    expect(halves.map(({ producerId, producerEpoch, count }) => [producerId, producerEpoch, count])).toEqual([
      [77n, 3, 4],
      [77n, 3, 3],
    ])
    // they count from 0 again after 2³¹ − 1
    expect(halves.map(each => each.sequence)).toEqual([0x7fff_fffe, 2])
  })
})

const plain: Given = {
  key: null,
  value: new Uint8Array(10),
  partition: -1,
  headers: [],
  stampHeader: false,
  timestamp: NOW,
}

describe('a request', () => {
  it.each([7, 8, 9, 10, 11])('of version %d is what the protocol says', version => {
    const { batches } = accumulate(
      [0, 1, 2, 0].map(partition => ({ ...plain, partition })),
      {},
    )
    for (const batch of batches) batch.sum()
    const frame = Buffer.concat(new ProduceRequests('täst', version, -1, 1234).frame(batches, 99))
    expect(frame.readInt32BE(0)).toBe(frame.length - 4)
    const reader = new ByteReader(frame, 4)
    expect([reader.int16(), reader.int16(), reader.int32()]).toEqual([0, version, 99])
    expect(reader.string(false)).toBe('kafka-loadtest')
    const flexible = version >= produce.flexible
    if (flexible) reader.taggedFields()
    const request = decode(produce.request, version, flexible, reader)
    expect(reader.remaining).toBe(0)
    expect(request).toMatchObject({
      transactionalId: null,
      acks: -1,
      timeoutMs: 1234,
      topicData: [{ name: 'täst' }],
    })
    const partitions = request.topicData[0]!.partitionData
    expect(partitions.map(each => each.index)).toEqual([0, 1, 2])
    expect(partitions.map(each => batchesIn(each.records!)[0]!.records.length)).toEqual([2, 1, 1])
  })
})

describe('what is refused', () => {
  it('leaves nothing behind: a timestamp that is none, a value that cannot be filled', () => {
    const { accumulator } = accumulate([], {})
    const draft = new PooledDraft()
    draft.begin(5, 1, 1, 0)
    draft.size = 3
    draft.stampHeader = false
    draft.timestamp = Number.POSITIVE_INFINITY
    expect(() => accumulator.append(draft)).toThrow(/timestamp of record 5 is Infinity, expected ms/)
    draft.timestamp = NOW
    // the port of `accumulate` has no value to fill in
    expect(() => accumulator.append(draft)).toThrow(TypeError)
    expect(accumulator.queues.every(queue => queue.empty)).toBe(true)
  })
})
