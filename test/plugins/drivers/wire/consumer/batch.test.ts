import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { lz4, snappy } from '../../../../../plugins/drivers/wire/compression/library.ts'
import { AbortedTransactions } from '../../../../../plugins/drivers/wire/consumer/aborted.ts'
import {
  ChecksumError,
  nextOffset,
  RecordBatch,
  sizeOfBatch,
  wholeBatches,
} from '../../../../../plugins/drivers/wire/consumer/batch.ts'
import { UnreadableError } from '../../../../../plugins/drivers/wire/consumer/codecs.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  batchCrc,
  controlBit,
  logAppendTimeBit,
  transactionalBit,
  writeOffset,
} from '../../../../../plugins/protocol/batch.ts'
import { MalformedError } from '../../../../../plugins/protocol/failure.ts'
import { encodeBatch, encodeMarker } from '../../../../../plugins/protocol/records.ts'

interface Seen {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** All records from an offset on, and what was wrong with them. */
function readAll(bytes: Buffer, { from = 0, aborted, reader = new RecordBatch() }: Reading = {}) {
  const seen: Seen[] = []
  let counted = 0
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOfBatch(bytes, at)
    if (size === 0) break
    if (reader.open(bytes, at, size, from, aborted)) {
      counted += reader.count
      reader.of('t', 3, 7).each(view => {
        expect([view.topic, view.partition]).toEqual(['t', 3])
        seen.push({
          offset: view.offset,
          timestamp: view.timestamp,
          key: view.key(),
          value: view.value(),
        })
      })
      if (reader.failure) throw reader.failure
    }
    at += size
  }
  expect(counted).toBe(seen.length)
  return seen
}
interface Reading {
  readonly from?: number
  readonly aborted?: AbortedTransactions | undefined
  readonly reader?: RecordBatch
}
const values = (all: readonly Seen[]) => all.map(each => String(each.value))
const withValues = (...all: string[]) => all.map(value => ({ value: Buffer.from(value) }))

/** Writes the checksum that the bytes have now. */
function signed(batch: Buffer): Buffer {
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}

function compressed(batch: Buffer, codec: number, pack: (bytes: Buffer) => Buffer): Buffer {
  const head = Buffer.from(batch.subarray(0, BATCH_HEADER_BYTES))
  const whole = Buffer.concat([head, pack(batch.subarray(BATCH_HEADER_BYTES))])
  whole.writeInt32BE(whole.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  whole.writeInt16BE(batch.readInt16BE(batchAt.attributes) | codec, batchAt.attributes)
  return signed(whole)
}

/** As snappy-java writes it: blocks of 32 KiB, each after its length. */
function snappyStream(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')]
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = snappy.module.compressSync(bytes.subarray(at, at + 32_768))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}
beforeAll(async () => {
  await Promise.all([snappy.load(), lz4.load()])
})

const bytes = fc.uint8Array({ maxLength: 300 }).map(each => Buffer.from(each))
const nullable = fc.option(bytes, { freq: 4 })
const record = fc.record({
  timestamp: fc.oneof(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 100 })),
  key: nullable,
  value: nullable,
  headers: fc.array(
    fc.record({ key: fc.string({ unit: 'grapheme', minLength: 0, maxLength: 8 }), value: nullable }),
    { maxLength: 4 },
  ),
})

describe('a batch', () => {
  it('is read as it was written: offsets, times, keys, values, headers', () => {
    const reader = new RecordBatch()
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (records, baseOffset) => {
          const batch = encodeBatch(records, { baseOffset })
          expect(sizeOfBatch(batch, 0)).toBe(batch.length)
          expect(nextOffset(batch, 0)).toBe(baseOffset + records.length)
          expect(reader.open(batch, 0, batch.length, 0)).toBe(true)
          expect(reader.count).toBe(records.length)
          let n = 0
          reader.each(view => {
            const { key, value, timestamp, headers } = records[n] as (typeof records)[number]
            expect([view.offset, view.timestamp, view.timestampType]).toEqual([
              baseOffset + n,
              timestamp,
              'CreateTime',
            ])
            expect([view.key(), view.value()]).toEqual([key, value])
            expect([view.keyLength, view.valueLength]).toEqual([key?.length ?? -1, value?.length ?? -1])
            for (const name of [...headers.map(each => each.key), 'absent', '']) {
              const last = headers.findLast(each => each.key === name)?.value
              expect(view.header(name)).toEqual(last ?? undefined)
            }
            expect(view.headers()).toEqual(headers.map(each => [each.key, each.value]))
            n++
          })
          expect([n, reader.failure]).toEqual([records.length, undefined])
        },
      ),
    )
  })

  it.each([
    ['gzip', 1, (each: Buffer) => gzipSync(each)],
    ['zstd', 4, (each: Buffer) => zstdCompressSync(each)],
    ['snappy, one block', 2, (each: Buffer) => snappy.module.compressSync(each)],
    ['snappy, in the stream of the Java client', 2, snappyStream],
    ['lz4', 3, (each: Buffer) => lz4.module.compressFrameSync(each)],
    [
      'lz4 with checksums',
      3,
      (each: Buffer) => lz4.module.compressFrameSync(each, { contentChecksum: true, blockChecksums: true }),
    ],
  ])('may be compressed with %s', (_, codec, pack) => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      key: Buffer.from(`k${i}`),
      value: Buffer.alloc(200, i),
    }))
    const batch = encodeBatch(records, { baseOffset: 7 })
    expect(readAll(compressed(batch, codec, pack))).toEqual(readAll(batch))
    expect(readAll(compressed(batch, codec, pack), { from: 300 })).toHaveLength(207)
  })

  it('gives only records from the asked offset on, and counts only those', () => {
    const batch = Buffer.concat([
      encodeBatch(withValues('a', 'b', 'c'), { baseOffset: 10 }),
      encodeBatch(withValues('d'), { baseOffset: 13 }),
    ])
    expect(values(readAll(batch, { from: 12 }))).toEqual(['c', 'd'])
    expect(values(readAll(batch, { from: 13 }))).toEqual(['d'])
    expect(values(readAll(batch, { from: 14 }))).toEqual([])
  })

  it('has the time of its appending for all records where the topic says so', () => {
    const batch = encodeBatch(
      [5, 6, 7].map(timestamp => ({ timestamp })),
      { attributes: logAppendTimeBit },
    )
    writeOffset(batch, batchAt.maxTimestamp, 1_700_000_000_123)
    const reader = new RecordBatch()
    reader.open(signed(batch), 0, batch.length, 0)
    const seen: unknown[] = []
    reader.each(view => seen.push([view.timestamp, view.timestampType]))
    expect(seen).toEqual(Array(3).fill([1_700_000_000_123, 'LogAppendTime']))
  })

  it('can be kept: what is handed out is not in memory that is used again', () => {
    const batch = encodeBatch([
      {
        key: Buffer.from('key'),
        value: Buffer.from('value'),
        headers: [{ key: 'h', value: Buffer.from('v') }],
      },
    ])
    const kept: (Buffer | null | undefined)[] = []
    const reader = new RecordBatch()
    reader.open(batch, 0, batch.length, 0)
    reader.each(view => kept.push(view.key(), view.value(), view.header('h')))
    batch.fill(0)
    expect(kept.map(String)).toEqual(['key', 'value', 'v'])
  })

  it('may come after a gap, as in a compacted log, or from past the end that the broker told', () => {
    const log = Buffer.concat([0, 5].map(baseOffset => encodeBatch(withValues('a', 'b'), { baseOffset })))
    expect(wholeBatches(log, 1, 7)).toEqual({ end: log.length, next: 7 })
    expect(wholeBatches(log.subarray(0, log.length / 2), 0, 0)).toEqual({ end: log.length / 2, next: 2 })
    expect(wholeBatches(Buffer.alloc(0), 4, 9)).toEqual({ end: 0, next: 4 })
  })

  it('that was cut off at the end of an answer is left for the next one', () => {
    const two = Buffer.concat([encodeBatch(withValues('a')), encodeBatch(withValues('b'), { baseOffset: 1 })])
    for (let length = 0; length < two.length; length++)
      expect(values(readAll(two.subarray(0, length)))).toEqual(length < two.length / 2 ? [] : ['a'])
  })
})

describe('hostile bytes', () => {
  /** Whatever is thrown must be one of these; whatever is given, inside the batch. */
  function survive(batch: Buffer, checksums: boolean) {
    const reader = new RecordBatch(checksums)
    try {
      for (let at = 0; at < batch.length; ) {
        const size = sizeOfBatch(batch, at)
        if (size === 0) return
        if (reader.open(batch, at, size, 0)) {
          reader.each(view => {
            expect(view.keyStart + Math.max(0, view.keyLength)).toBeLessThanOrEqual(view.bytes.length)
            expect(view.valueStart + Math.max(0, view.valueLength)).toBeLessThanOrEqual(view.bytes.length)
            view.key()
            view.value()
            view.header('loadtest')
          })
        }
        at += size
      }
    } catch (error) {
      expect([MalformedError, ChecksumError, UnreadableError]).toContain((error as Error).constructor)
    }
  }

  it('never crash: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 61, maxLength: 400 }), array => {
        const batch = Buffer.from(array)
        batch[batchAt.magic] = 2
        batch.writeInt32BE(batch.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
        survive(batch, false)
      }),
      { numRuns: 500 },
    )
  })

  it('never crash: one byte of a batch is another, whether its checksum tells or not', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (records, where, byte) => {
          const batch = encodeBatch(records)
          batch[where % batch.length] = byte
          survive(batch, true)
          survive(batch, false)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('are found by the checksum, before any record is given', () => {
    const batch = encodeBatch(withValues('good', 'bad'))
    batch[batch.length - 3]! ^= 1
    const reader = new RecordBatch()
    expect(() => reader.open(batch, 0, batch.length, 0)).toThrow(ChecksumError)
    expect(new RecordBatch(false).open(batch, 0, batch.length, 0)).toBe(true)
  })

  const one = () => encodeBatch(withValues('some value'))
  it.each<[string, (batch: Buffer) => unknown, RegExp]>([
    ['a negative count', b => b.writeInt32BE(-5, batchAt.recordsCount), /-5 records/],
    ['a count beyond the bytes', b => b.writeInt32BE(2 ** 31 - 1, batchAt.recordsCount), /no record/],
    ['a count below the records', b => b.writeInt32BE(0, batchAt.recordsCount), /no records in/],
    ['a negative last offset', b => b.writeInt32BE(-2, batchAt.lastOffsetDelta), /-2 after the first/],
    ['an unknown codec', b => b.writeInt16BE(6, batchAt.attributes), /codec 6/],
    ['gzip that is none', b => b.writeInt16BE(1, batchAt.attributes), /is not gzip/],
    ['snappy that is none', b => b.writeInt16BE(2, batchAt.attributes), /is not snappy/],
    ['lz4 that is none', b => b.writeInt16BE(3, batchAt.attributes), /is not lz4: no LZ4 frame/],
    ['zstd that is none', b => b.writeInt16BE(4, batchAt.attributes), /is not zstd/],
    ['a record longer than the batch', b => b.writeUInt16BE(0xfe7e, 61), /no record/],
    ['a record of negative length', b => b.writeUInt8(1, 61), /no record/],
    ['a varint without end', b => b.fill(0xff, 61), /no record/],
    ['a key longer than the record', b => b.writeUInt8(60, 65), /no record/],
    ['an offset beyond the last one', b => b.writeUInt8(8, 64), /no record/],
    ['bytes after the last record', b => append(b, 3), /3 bytes after the last record/],
  ])('are told: %s', (_, spoil, message) => {
    const whole = one()
    const spoiled = spoil(whole)
    const batch = signed(Buffer.isBuffer(spoiled) ? spoiled : whole)
    const read = () => {
      const reader = new RecordBatch()
      reader.open(batch, 0, batch.length, 0)
      reader.each(() => undefined)
      throw reader.failure ?? new Error('')
    }
    expect(read).toThrow(message)
  })
  function append(batch: Buffer, count: number): Buffer {
    const longer = Buffer.concat([batch, Buffer.alloc(count)])
    longer.writeInt32BE(longer.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
    return longer
  }

  it.each([
    ['magic 1', (b: Buffer) => b.writeUInt8(1, batchAt.magic), /magic 1/],
    ['a size below the header', (b: Buffer) => b.writeInt32BE(3, batchAt.batchLength), /15 bytes/],
    ['a negative size', (b: Buffer) => b.writeInt32BE(-100, batchAt.batchLength), /-88 bytes/],
  ])('are no batch: %s', (_, spoil, message) => {
    const batch = one()
    spoil(batch)
    expect(() => sizeOfBatch(batch, 0)).toThrow(message)
  })

  it.each([
    ['after the end of the log', 0, [7, 3], 9],
    ['before the last one', 0, [0, 2, 1], 9],
    ['wholly before what was asked for', 5, [2], 9],
  ])('are told: a batch %s', (_, from, bases, logEnd) => {
    const log = Buffer.concat(bases.map(baseOffset => encodeBatch(withValues('a', 'b', 'c'), { baseOffset })))
    expect(() => wholeBatches(log, from, logEnd)).toThrow(/^a batch of offsets \d+ to \d+, where \d is next/)
  })

  it.each([
    ['zstd', 4, (each: Buffer) => zstdCompressSync(each)],
    ['snappy', 2, (each: Buffer) => snappy.module.compressSync(each)],
    ['a snappy stream', 2, snappyStream],
    ['lz4', 3, (each: Buffer) => lz4.module.compressFrameSync(each)],
  ])('decompressed to more than is bearable are given up, not kept: %s', (_, codec, pack) => {
    const bomb = pack(Buffer.alloc(160 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(10_000_000)
    const batch = compressed(encodeBatch(withValues('a')), codec, () => bomb)
    expect(() => new RecordBatch().open(batch, 0, batch.length, 0)).toThrow(/more than 128 MiB/)
  })
})

describe('transactions', () => {
  let offset = 0
  const producer = (id: number) => ({ producerId: BigInt(id), producerEpoch: 0 })
  const data = (id: number, ...all: string[]) => {
    const attributes = id < 0 ? 0 : transactionalBit
    const batch = encodeBatch(withValues(...all), { ...producer(id), attributes, baseOffset: offset })
    offset += all.length
    return batch
  }
  const marker = (id: number, commit: boolean) => {
    const batch = encodeMarker({ ...producer(id), commit, coordinatorEpoch: 0, timestamp: 0 })
    writeOffset(batch, batchAt.baseOffset, offset++)
    return batch
  }
  const aborted = (...all: [number, number][]) =>
    new AbortedTransactions(
      all.map(([id, first]) => ({ producerId: BigInt(id), firstOffset: BigInt(first) })),
    )
  /** Offsets: 0 a, 1 b, 2 c, 3 abort 1, 4 d, 5 commit 2, 6 e, 7 commit 1, 8 f, 9 plain. */
  function log(): Buffer[] {
    offset = 0
    return [
      data(1, 'a'),
      data(2, 'b'),
      data(1, 'c'),
      marker(1, false),
      data(2, 'd'),
      marker(2, true),
      data(1, 'e'),
      marker(1, true),
      data(1, 'f'),
      data(-1, 'plain'),
    ]
  }

  it('aborted ones are left out exactly, and markers always', () => {
    expect(values(readAll(Buffer.concat(log()), { aborted: aborted([1, 0]) }))).toEqual([
      'b',
      'd',
      'e',
      'f',
      'plain',
    ])
    expect(values(readAll(Buffer.concat(log())))).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'plain'])
  })

  it('aborted ones are left out though their marker is in a later answer, or their beginning in an earlier one', () => {
    const all = log()
    expect(values(readAll(Buffer.concat(all.slice(0, 3)), { aborted: aborted([1, 0]) }))).toEqual(['b'])
    expect(values(readAll(Buffer.concat(all.slice(2)), { from: 2, aborted: aborted([1, 0]) }))).toEqual([
      'd',
      'e',
      'f',
      'plain',
    ])
  })

  it('of one producer, one after the other, are told apart', () => {
    expect(
      values(readAll(Buffer.concat([...log(), marker(1, false)]), { aborted: aborted([1, 8], [1, 0]) })),
    ).toEqual(['b', 'd', 'e', 'plain'])
  })

  it('of several producers at once are told apart', () => {
    expect(values(readAll(Buffer.concat(log().slice(0, 5)), { aborted: aborted([2, 1], [1, 0]) }))).toEqual(
      [],
    )
  })

  it('a batch without a transaction is not left out for its producer id', () => {
    offset = 0
    const plain = encodeBatch(withValues('x'), { ...producer(1), baseOffset: 5 })
    expect(values(readAll(plain, { aborted: aborted([1, 0]) }))).toEqual(['x'])
  })

  it('control records of kinds yet unknown are passed over', () => {
    const key = Buffer.from([0, 0, 0, 9])
    const batch = encodeBatch([{ key }], { ...producer(1), attributes: transactionalBit | controlBit })
    expect(readAll(batch, { aborted: aborted([1, 0]) })).toEqual([])
  })
})
