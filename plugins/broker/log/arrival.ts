import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  type BatchHeader,
  batchAt,
  batchCrc,
  compressionMask,
  controlBit,
  readBatchHeader,
} from '../../protocol/batch.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { MalformedError } from '../../protocol/failure.ts'
import { decodeBatch } from '../../protocol/records.ts'

/** What a topic's configuration says about a batch on its way in. */
export interface ArrivalRules {
  readonly maxMessageBytes: number
  readonly logAppendTime: boolean
  /** How far ahead of now a timestamp may be, in ms; not judged with `logAppendTime`. */
  readonly timestampAfterMaxMs: number
  /** How far behind now it may be, likewise. */
  readonly timestampBeforeMaxMs: number
}

/** Why a batch is not taken. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string | null
  /** Whether it was the log that refused it: then the answer tells where the log begins. */
  readonly byLog?: boolean
  /** Records that are the reason, where it is not the batch as a whole. */
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[]
}

/** A batch that may be taken. */
export interface Arrival {
  readonly batch: Buffer
  readonly header: BatchHeader
}

/** Smallest `batchLength` of any format there ever was. */
const MIN_BATCH_LENGTH = 14
const ZSTD = 4
const NO_TIMESTAMP = -1

function refused(errorCode: number, errorMessage: string | null = null): Refusal {
  return { errorCode, errorMessage }
}

function refusedByLog(errorCode: number, errorMessage: string | null = null): Refusal {
  return { errorCode, errorMessage, byLog: true }
}

/** Bytes of the batch at `at`: 0 when no whole one is there, undefined for what is none. */
function batchBytes(records: Buffer, at: number): number | undefined {
  if (records.length - at <= batchAt.magic) return 0
  const length = records.readInt32BE(at + batchAt.batchLength)
  const magic = records.readInt8(at + batchAt.magic)
  if (length < MIN_BATCH_LENGTH || magic < 0 || magic > 2) return undefined
  const bytes = length + BATCH_LOG_OVERHEAD
  return bytes > records.length - at ? 0 : bytes
}

/** Judges the records of a Produce request by themselves: exactly one batch. What follows it and is none is dropped. */
export function inspect(records: Buffer, rules: ArrivalRules, produceVersion: number): Arrival | Refusal {
  const bytes = batchBytes(records, 0)
  if (bytes === undefined)
    return refused(errorCodes.CORRUPT_MESSAGE, 'the batch has no valid length or format')
  if (bytes === 0) return refused(errorCodes.INVALID_RECORD, 'there is no whole batch')
  const next = batchBytes(records, bytes)
  if (next === undefined) return refused(errorCodes.CORRUPT_MESSAGE, 'what follows the batch is none')
  if (next > 0)
    return refused(errorCodes.INVALID_RECORD, 'a Produce request has exactly one batch per partition')
  const magic = records.readInt8(batchAt.magic)
  if (magic !== 2) return refused(errorCodes.INVALID_RECORD, `magic ${magic} is not 2`)
  if (bytes < BATCH_HEADER_BYTES) return refused(errorCodes.CORRUPT_MESSAGE, 'the batch has no header')
  const batch = bytes === records.length ? records : records.subarray(0, bytes)
  const header = readBatchHeader(batch)
  if (batchCrc(batch, 0, bytes) !== header.crc) {
    return refused(errorCodes.CORRUPT_MESSAGE, 'the checksum is wrong')
  }
  return faultOf(batch, header, rules, produceVersion) ?? { batch, header }
}

function faultOf(
  batch: Buffer,
  header: BatchHeader,
  rules: ArrivalRules,
  produceVersion: number,
): Refusal | undefined {
  const { recordsCount, lastOffsetDelta, baseOffset } = header
  if (baseOffset !== 0) return refusedByLog(errorCodes.INVALID_RECORD, `base offset ${baseOffset} is not 0`)
  if (recordsCount < 1 || lastOffsetDelta !== recordsCount - 1) {
    const message = `${recordsCount} records, last offset delta ${lastOffsetDelta}`
    return refusedByLog(errorCodes.INVALID_RECORD, message)
  }
  if (header.attributes & controlBit) {
    return refusedByLog(errorCodes.INVALID_RECORD, 'a client writes no control batches')
  }
  if (header.producerId >= 0n && header.baseSequence < 0) {
    return refusedByLog(errorCodes.INVALID_RECORD, 'a producer id needs a sequence')
  }
  const codec = header.attributes & compressionMask
  if (codec >= ZSTD && produceVersion < 7) return refused(errorCodes.UNSUPPORTED_COMPRESSION_TYPE)
  if (codec > ZSTD) return refusedByLog(errorCodes.UNSUPPORTED_COMPRESSION_TYPE)
  if (!rules.logAppendTime) {
    const late = timestampFault(batch, header, rules)
    if (late !== undefined) return late
  }
  return batch.length > rules.maxMessageBytes ? refused(errorCodes.MESSAGE_TOO_LARGE) : undefined
}

function timestampFault(batch: Buffer, header: BatchHeader, rules: ArrivalRules): Refusal | undefined {
  const now = Date.now()
  const earliest = now - rules.timestampBeforeMaxMs
  const latest = Math.min(now + rules.timestampAfterMaxMs, Number.MAX_SAFE_INTEGER)
  const { baseTimestamp, maxTimestamp } = header
  const timeless = baseTimestamp === NO_TIMESTAMP && maxTimestamp === NO_TIMESTAMP
  if (timeless || (baseTimestamp >= earliest && maxTimestamp >= NO_TIMESTAMP && maxTimestamp <= latest)) {
    return undefined
  }
  const isBad = (time: number) => time !== NO_TIMESTAMP && (time < earliest || time > latest)
  const message = `timestamps from ${baseTimestamp} to ${maxTimestamp} are out of the range the topic allows`
  return {
    ...refusedByLog(errorCodes.INVALID_TIMESTAMP, message),
    recordErrors: badRecords(batch, header, isBad),
  }
}

/** The records with a bad time, as far as they can be read: those of a compressed batch are not. */
function badRecords(batch: Buffer, header: BatchHeader, isBad: (time: number) => boolean) {
  if (header.attributes & compressionMask) return []
  try {
    return decodeBatch(batch).records.flatMap(({ timestamp }, batchIndex) =>
      isBad(timestamp)
        ? [{ batchIndex, batchIndexErrorMessage: `timestamp ${timestamp} is out of range` }]
        : [],
    )
  } catch (error) {
    if (error instanceof MalformedError) return []
    throw error
  }
}
