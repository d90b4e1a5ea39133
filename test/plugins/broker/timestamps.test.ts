import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRecord } from '../../../plugins/broker/log/record-times.ts'
import { firstSince, LookBudget, latestIn } from '../../../plugins/broker/log/timestamps.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  readBatchHeader,
  writeOffset,
} from '../../../plugins/protocol/batch.ts'
import { encodeBatch } from '../../../plugins/protocol/records.ts'

const GZIP = 1
const ZSTD = 4
const MIB = 1024 * 1024
const times = [10, 30, 20, 30]

/** Records of these times, each with a value of so many bytes. */
function batchAtTimes(bytes = 10, baseOffset = 100): Buffer {
  const records = times.map(timestamp => ({ timestamp, value: Buffer.alloc(bytes) }))
  return encodeBatch(records, { baseOffset })
}

function packed(batch: Buffer, codec: number): Buffer {
  const body = batch.subarray(BATCH_HEADER_BYTES)
  const small = Buffer.concat([
    batch.subarray(0, BATCH_HEADER_BYTES),
    codec === GZIP ? gzipSync(body) : zstdCompressSync(body),
  ])
  small.writeInt32BE(small.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  small.writeInt16BE(codec, batchAt.attributes)
  return small
}

const whole = { timestamp: 30, offset: 100, leaderEpoch: -1 }

describe.each([
  ['a plain batch', (batch: Buffer) => batch],
  ['a gzip batch', (batch: Buffer) => packed(batch, GZIP)],
  ['a zstd batch', (batch: Buffer) => packed(batch, ZSTD)],
])('%s', (_, pack) => {
  const batch = pack(batchAtTimes())

  it('is searched for the first record as late, and for the latest one', () => {
    const since = (timestamp: number, from = 0) => firstSince(batch, timestamp, from, new LookBudget())
    expect(since(10)).toMatchObject({ timestamp: 10, offset: 100 })
    expect(since(11)).toMatchObject({ timestamp: 30, offset: 101 })
    expect(since(15, 102)).toMatchObject({ timestamp: 20, offset: 102 })
    expect(since(31)).toBeUndefined()
    expect(latestIn(batch, new LookBudget())).toMatchObject({ timestamp: 30, offset: 101 })
  })

  it('counts as one record when the request has looked at enough', () => {
    const budget = new LookBudget(1)
    expect(firstSince(batch, 20, 0, budget)).toMatchObject({ timestamp: 30, offset: 101 })
    expect(firstSince(batch, 20, 0, budget)).toEqual(whole)
    expect(latestIn(batch, budget)).toEqual({ ...whole, offset: 103 })
  })
})

describe('a batch', () => {
  it.each([GZIP, ZSTD])('of codec %d that unpacks to more than 4 MiB counts as one record', codec => {
    const large = packed(batchAtTimes(1.5 * MIB), codec)
    expect(large.length).toBeLessThan(64 * 1024)
    expect(firstSince(large, 20, 0, new LookBudget())).toEqual(whole)
    const fits = packed(batchAtTimes(0.9 * MIB), codec)
    expect(firstSince(fits, 20, 0, new LookBudget())).toEqual({ ...whole, offset: 101 })
  })

  it.each([GZIP, ZSTD])('of codec %d is unpacked at the cost of its bytes, even in vain', codec => {
    for (const bytes of [0.9 * MIB, 1.5 * MIB]) {
      const budget = new LookBudget(9 * MIB)
      for (let n = 0; n < 3; n++) firstSince(packed(batchAtTimes(bytes), codec), 20, 0, budget)
      expect(budget.left).toBeLessThan(0)
    }
  })

  it('is read up to the record that is looked for, and no further', () => {
    const broken = batchAtTimes()
    // Where the last record, of 17 bytes, says how long it is.
    broken[broken.length - 17] = 0xff
    expect(firstSince(broken, 20, 0, new LookBudget())).toMatchObject({ offset: 101 })
    expect(firstSince(broken, 30, 102, new LookBudget())).toEqual({ ...whole, offset: 102 })
  })

  it('that says a later time than its records have is passed over', () => {
    const lying = batchAtTimes()
    writeOffset(lying, batchAt.maxTimestamp, 50)
    expect(firstSince(lying, 40, 0, new LookBudget())).toBeUndefined()
  })
})

describe('the times and offsets of records', () => {
  it('are read as they were written', () => {
    const time = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 45 }))
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 50 }), given => {
        const batch = encodeBatch(
          given.map(timestamp => ({ timestamp })),
          { baseOffset: 2 ** 50 },
        )
        const seen: number[][] = []
        const { found, looked } = findRecord(
          batch.subarray(BATCH_HEADER_BYTES),
          readBatchHeader(batch),
          (...each) => {
            seen.push(each)
            return false
          },
        )
        expect({ found, looked }).toEqual({ found: null, looked: given.length })
        expect(seen).toEqual(given.map((timestamp, n) => [timestamp, 2 ** 50 + n]))
      }),
    )
  })

  it('cannot be told from bytes that are no records', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, recordsCount) => {
        const header = { ...readBatchHeader(batchAtTimes()), recordsCount }
        const { found, looked } = findRecord(Buffer.from(bytes), header, () => false)
        expect(looked).toBeLessThanOrEqual(recordsCount)
        if (recordsCount * 4 > bytes.length) expect(found).toBeUndefined()
      }),
    )
  })
})
