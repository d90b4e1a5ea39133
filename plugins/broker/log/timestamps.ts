import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  compressionMask,
  logAppendTimeBit,
  readBatchHeader,
} from '../../protocol/batch.ts'
import { ByteReader } from '../../protocol/reader.ts'

/** Most bytes that a batch is unpacked to, to look at the times in it. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024

const codecs = { none: 0, gzip: 1, zstd: 4 } as const

/** A record's place in time and log; −1 for none. */
export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

export const NOWHERE: TimestampOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 }

/** The records' bytes; undefined when they cannot be looked into: snappy, lz4, or what does not unpack. */
function unpack(batch: Buffer, { attributes }: BatchHeader): Buffer | undefined {
  const body = batch.subarray(BATCH_HEADER_BYTES)
  const limit = { maxOutputLength: MAX_UNPACKED_BYTES }
  try {
    switch (attributes & compressionMask) {
      case codecs.none:
        return body
      case codecs.gzip:
        return gunzipSync(body, limit)
      case codecs.zstd:
        return zstdDecompressSync(body, limit)
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

/** Times and offsets of all records; undefined when they cannot be told. */
function timesIn(batch: Buffer, header: BatchHeader): { timestamp: number; offset: number }[] | undefined {
  const records = unpack(batch, header)
  if (records === undefined) return undefined
  const reader = new ByteReader(records)
  const found = []
  try {
    for (let n = 0; n < header.recordsCount; n++) {
      const length = reader.varint()
      const end = reader.position + length
      reader.int8()
      const timestamp = header.baseTimestamp + Number(reader.varlong())
      found.push({ timestamp, offset: header.baseOffset + reader.varint() })
      reader.take(end - reader.position)
    }
  } catch {
    return undefined
  }
  return found
}

/** Offset and time of one record of a batch, its leader's epoch with them. */
function at(header: BatchHeader, record: { timestamp: number; offset: number }): TimestampOffset {
  return { ...record, leaderEpoch: header.partitionLeaderEpoch }
}

/**
 * The first record of a batch that is at `from` or after it and as late as `timestamp` (ms). A batch that cannot be looked
 * into counts as one record: its first offset and its largest time.
 */
export function firstSince(batch: Buffer, timestamp: number, from: number): TimestampOffset | undefined {
  const header = readBatchHeader(batch)
  const { baseOffset, maxTimestamp, attributes } = header
  if (maxTimestamp < timestamp) return undefined
  const whole = { timestamp: maxTimestamp, offset: Math.max(baseOffset, from) }
  if (attributes & logAppendTimeBit) return at(header, whole)
  const times = timesIn(batch, header)
  if (times === undefined) return at(header, whole)
  const found = times.find(each => each.timestamp >= timestamp && each.offset >= from)
  return found && at(header, found)
}

/** The first record of a batch with its largest time; of one that cannot be looked into, the last. */
export function latestIn(batch: Buffer): TimestampOffset {
  const header = readBatchHeader(batch)
  const { baseOffset, lastOffsetDelta, maxTimestamp: timestamp, attributes } = header
  if (timestamp < 0) return NOWHERE
  if (attributes & logAppendTimeBit) return at(header, { timestamp, offset: baseOffset })
  const latest = timesIn(batch, header)?.find(each => each.timestamp === timestamp)
  return at(header, latest ?? { timestamp, offset: baseOffset + lastOffsetDelta })
}
