import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchAt, readBatchHeader, readOffset, writeOffset } from '../../../plugins/protocol/batch.ts'
import { MalformedError } from '../../../plugins/protocol/failure.ts'
import { decodeBatch, encodeBatch } from '../../../plugins/protocol/records.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map(each => Buffer.from(each))
const record = fc.record({
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 5 }), value: fc.option(bytes) }), {
    maxLength: 3,
  }),
})
const records = fc.array(record, { minLength: 1, maxLength: 10 })

describe('a record batch', () => {
  it('is read back with keys, values, headers and timestamps', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 2 ** 50 }), (given, baseOffset) => {
        const options = { baseOffset, producerId: 2n ** 40n, producerEpoch: 7, baseSequence: 5 }
        const { header, records: read } = decodeBatch(encodeBatch(given, options))
        expect(header).toMatchObject({ ...options, magic: 2, recordsCount: given.length })
        expect(header.maxTimestamp).toBe(Math.max(...given.map(each => each.timestamp)))
        expect(read).toEqual(given.map((each, at) => ({ ...each, offset: baseOffset + at })))
      }),
    )
  })

  it('is refused with any bit of its checked part changed', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(7), (given, place, bit) => {
        const batch = encodeBatch(given)
        const at = batchAt.crc + (place % (batch.length - batchAt.crc))
        batch.writeUInt8(batch.readUInt8(at) ^ (1 << bit), at)
        expect(() => decodeBatch(batch)).toThrow('batch checksum is wrong')
      }),
    )
  })

  it('is refused cut off anywhere, and with any length but its own', () => {
    const batch = encodeBatch([{ value: Buffer.from('x') }])
    for (let end = 0; end < batch.length; end++) {
      expect(() => decodeBatch(batch.subarray(0, end))).toThrow(MalformedError)
    }
    for (const length of [-1, 0, 48, batch.length, 0x7fffffff, -0x80000000]) {
      const wrong = Buffer.from(batch)
      wrong.writeInt32BE(length, batchAt.batchLength)
      expect(() => readBatchHeader(wrong)).toThrow(MalformedError)
    }
  })

  it('has the bytes that Kafka gives the same records', () => {
    const given = [
      { timestamp: 1700000000000, key: Buffer.from('k1'), value: Buffer.from('hello'), headers: [] },
      { timestamp: 1700000000005, key: null, value: null, headers: [{ key: 'h', value: Buffer.from('v') }] },
    ]
    expect(encodeBatch(given, { producerId: 4711n, producerEpoch: 3, baseSequence: 9 }).toString('hex')).toBe(
      KAFKA_BATCH,
    )
  })
})

/** Written by MemoryRecords.withIdempotentRecords of kafka-clients 4.1.1. */
const KAFKA_BATCH =
  '00000000000000000000004affffffff024f6fa8440000000000010000018bcfe568000000018bcfe568050000000000001267000300000009000000021a000000046b310a68656c6c6f0014000a0201010202680276'

describe('an offset', () => {
  it('is read back within ±2⁵³', () => {
    const buffer = Buffer.alloc(8)
    fc.assert(
      fc.property(fc.maxSafeInteger(), value => {
        writeOffset(buffer, 0, value)
        expect(buffer.readBigInt64BE()).toBe(BigInt(value))
        expect(readOffset(buffer, 0)).toBe(value)
      }),
    )
  })
})
