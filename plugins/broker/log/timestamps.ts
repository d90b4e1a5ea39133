import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib'
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  compressionMask,
  logAppendTimeBit,
  readBatchHeader,
} from '../../protocol/batch.ts'
import { findRecord, type RecordTime } from './record-times.ts'

/** Most bytes that a batch is unpacked to, to look at the times in it. */
const MAX_UNPACKED_BYTES = 4 * 1024 * 1024
/** Most bytes that are unpacked for one request; a record that is looked at counts as some of them. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024
const RECORD_BYTES = 16
/** The window a zstd batch may ask for, as a power of 2: more than this is unpacked to is of no use. */
const MAX_WINDOW_LOG = 23

const codecs = { none: 0, gzip: 1, zstd: 4 } as const

/** A record's place in time and log; −1 for none. */
export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

export const NOWHERE: TimestampOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 }

/** What one request may still unpack and look at: once it is used up, batches are not looked into any more. */
export class LookBudget {
  #left: number

  constructor(bytes = MAX_REQUEST_BYTES) {
    this.#left = bytes
  }

  get left(): number {
    return this.#left
  }

  spend(bytes: number): void {
    this.#left -= bytes
  }
}

/**
 * The records' bytes; undefined when they cannot be looked into: snappy, lz4, what does not unpack or to too much, or
 * nothing is left to spend.
 */
function unpack(batch: Buffer, { attributes }: BatchHeader, budget: LookBudget): Buffer | undefined {
  const codec = attributes & compressionMask
  const body = batch.subarray(BATCH_HEADER_BYTES)
  if (budget.left <= 0) return undefined
  if (codec === codecs.none) return body
  if (codec !== codecs.gzip && codec !== codecs.zstd) return undefined
  try {
    const records =
      codec === codecs.gzip
        ? gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES })
        : zstdDecompressSync(body, {
            maxOutputLength: MAX_UNPACKED_BYTES,
            params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
          })
    budget.spend(records.length)
    return records
  } catch {
    budget.spend(MAX_UNPACKED_BYTES)
    return undefined
  }
}

/** The first record that is `wanted`, null for none; undefined when it cannot be told. */
function look(
  batch: Buffer,
  header: BatchHeader,
  budget: LookBudget,
  wanted: (timestamp: number, offset: number) => boolean,
): RecordTime | null | undefined {
  const records = unpack(batch, header, budget)
  if (records === undefined) return undefined
  const { found, looked } = findRecord(records, header, wanted)
  budget.spend(RECORD_BYTES * looked)
  return found
}

/** Offset and time of one record of a batch, its leader's epoch with them. */
function at(header: BatchHeader, record: RecordTime): TimestampOffset {
  return { ...record, leaderEpoch: header.partitionLeaderEpoch }
}

/**
 * The first record of a batch that is at `from` or after it and as late as `timestamp` (ms). A batch that cannot be looked
 * into counts as one record: its first offset and its largest time.
 */
export function firstSince(
  batch: Buffer,
  timestamp: number,
  from: number,
  budget: LookBudget,
): TimestampOffset | undefined {
  const header = readBatchHeader(batch)
  const { baseOffset, maxTimestamp, attributes } = header
  if (maxTimestamp < timestamp) return undefined
  const whole = { timestamp: maxTimestamp, offset: Math.max(baseOffset, from) }
  if (attributes & logAppendTimeBit) return at(header, whole)
  const found = look(batch, header, budget, (time, offset) => time >= timestamp && offset >= from)
  return found === null ? undefined : at(header, found ?? whole)
}

/** The first record of a batch with its largest time; of one that cannot be looked into, the last. */
export function latestIn(batch: Buffer, budget: LookBudget): TimestampOffset {
  const header = readBatchHeader(batch)
  const { baseOffset, lastOffsetDelta, maxTimestamp: timestamp, attributes } = header
  if (timestamp < 0) return NOWHERE
  if (attributes & logAppendTimeBit) return at(header, { timestamp, offset: baseOffset })
  const latest = look(batch, header, budget, time => time === timestamp)
  return at(header, latest ?? { timestamp, offset: baseOffset + lastOffsetDelta })
}
