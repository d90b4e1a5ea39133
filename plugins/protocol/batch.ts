import { crc32c } from '@node-rs/crc32'
import { MalformedError } from './failure.ts'

/** Bytes of a record batch (magic 2) before its first record. */
export const BATCH_HEADER_BYTES = 61
/** Bytes before the part that `batchLength` counts. */
export const BATCH_LOG_OVERHEAD = 12

/** Where the fields of a batch header are, in bytes from its start. */
export const batchAt = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordsCount: 57,
} as const

export const compressionMask = 0x07
export const logAppendTimeBit = 0x08
export const transactionalBit = 0x10
export const controlBit = 0x20

/** Header of a record batch; offsets and timestamps (ms) as numbers, ids exact. */
export interface BatchHeader {
  baseOffset: number
  /** The whole batch in bytes, the part before `batchLength` counted too. */
  sizeInBytes: number
  partitionLeaderEpoch: number
  magic: number
  crc: number
  attributes: number
  lastOffsetDelta: number
  baseTimestamp: number
  maxTimestamp: number
  producerId: bigint
  producerEpoch: number
  baseSequence: number
  recordsCount: number
}

/**
 * Reads the header of the batch at `start`. Only the size is judged here: at least a header, at most what is there.
 * @throws MalformedError when the bytes end early.
 */
export function readBatchHeader(buffer: Buffer, start = 0, end = buffer.length): BatchHeader {
  if (end - start < BATCH_HEADER_BYTES)
    throw new MalformedError(`batch header cut off at ${end - start} bytes`)
  const sizeInBytes = buffer.readInt32BE(start + batchAt.batchLength) + BATCH_LOG_OVERHEAD
  if (sizeInBytes < BATCH_HEADER_BYTES || sizeInBytes > end - start) {
    throw new MalformedError(`batch of ${sizeInBytes} bytes in ${end - start}`)
  }
  return {
    baseOffset: readOffset(buffer, start + batchAt.baseOffset),
    sizeInBytes,
    partitionLeaderEpoch: buffer.readInt32BE(start + batchAt.partitionLeaderEpoch),
    magic: buffer.readInt8(start + batchAt.magic),
    crc: buffer.readUInt32BE(start + batchAt.crc),
    attributes: buffer.readInt16BE(start + batchAt.attributes),
    lastOffsetDelta: buffer.readInt32BE(start + batchAt.lastOffsetDelta),
    baseTimestamp: readOffset(buffer, start + batchAt.baseTimestamp),
    maxTimestamp: readOffset(buffer, start + batchAt.maxTimestamp),
    producerId: buffer.readBigInt64BE(start + batchAt.producerId),
    producerEpoch: buffer.readInt16BE(start + batchAt.producerEpoch),
    baseSequence: buffer.readInt32BE(start + batchAt.baseSequence),
    recordsCount: buffer.readInt32BE(start + batchAt.recordsCount),
  }
}

/** A signed 64-bit field as a number: exact within ±2⁵³, which offsets and times in ms never leave. */
export function readOffset(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}

/** The counterpart of `readOffset`. */
export function writeOffset(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}

/** CRC-32C of everything after the checksum field, as the header should have it. */
export function batchCrc(buffer: Buffer, start: number, sizeInBytes: number): number {
  return crc32c(buffer.subarray(start + batchAt.attributes, start + sizeInBytes))
}
