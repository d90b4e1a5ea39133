/** The record batches (magic 2) of a fetch answer, one after the other, through one view that is used again. */
import type { Batch, ConsumedRecord } from '../../../../core/plugin.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  batchCrc,
  controlBit,
  logAppendTimeBit,
  readOffset,
  transactionalBit,
} from '../../../protocol/batch.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import type { AbortedTransactions } from './aborted.ts'
import { codecOf, decompress } from './codecs.ts'
import { WireRecord } from './record.ts'

const MAGIC = 2

/** The bytes say one thing and their checksum another. */
export class ChecksumError extends Error {
  override readonly name = 'ChecksumError'
}

/**
 * Bytes of the batch at `at`; 0 when it is cut off, as the last of an answer may be.
 * @throws MalformedError when there is no batch of magic 2.
 */
export function sizeOfBatch(bytes: Buffer, at: number): number {
  const left = bytes.length - at
  if (left < BATCH_HEADER_BYTES) return 0
  const size = bytes.readInt32BE(at + batchAt.batchLength) + BATCH_LOG_OVERHEAD
  const magic = bytes[at + batchAt.magic]
  if (magic !== MAGIC) throw new MalformedError(`a batch of magic ${magic}, where only ${MAGIC} is known`)
  if (size < BATCH_HEADER_BYTES) throw new MalformedError(`a batch of ${size} bytes`)
  return size > left ? 0 : size
}

/** Offset after the last one of the batch at `at`. */
export function nextOffset(bytes: Buffer, at: number): number {
  return readOffset(bytes, at + batchAt.baseOffset) + bytes.readInt32BE(at + batchAt.lastOffsetDelta) + 1
}

export function attributesOf(bytes: Buffer, at: number): number {
  return bytes.readInt16BE(at + batchAt.attributes)
}

/**
 * Where the last whole batch ends, and the offset after it. No checksum covers the offsets, so what can be wrong with them is
 * looked at here.
 * @param from the offset that was asked for.
 * @param logEnd as the broker told it.
 * @throws MalformedError
 */
export function wholeBatches(
  bytes: Buffer,
  from: number,
  logEnd: number,
): { readonly end: number; readonly next: number } {
  let end = 0
  let next = from
  for (let size = sizeOfBatch(bytes, 0); size > 0; size = sizeOfBatch(bytes, end)) {
    const base = readOffset(bytes, end + batchAt.baseOffset)
    const after = nextOffset(bytes, end)
    // a compacted log has gaps, but not where it ends; without a gap the broker may have read past the end that it tells
    const jumps = base > next && after > logEnd
    if (after <= next || (end > 0 && base < next) || jumps)
      throw new MalformedError(
        `a batch of offsets ${base} to ${after - 1}, where ${next} is next and ${logEnd} the end`,
      )
    next = after
    end += size
  }
  return { end, next }
}

/** One batch, valid until the next one is opened. */
export class RecordBatch implements Batch {
  /** Records that `each` gives. */
  count = 0
  polledAt = Number.NaN
  /** What `each` found to be wrong; the records before it were given. */
  failure: MalformedError | undefined
  /** Offset after the last record given. */
  reached = 0
  readonly #record: WireRecord
  readonly #checksums: boolean
  #records = 0
  #start = 0
  #end = 0
  #from = 0
  #baseOffset = 0
  #lastDelta = 0
  #baseTimestamp = 0
  /** NaN: the time of creation, of each record. */
  #appendedAt = Number.NaN

  /** @param checksums whether the CRC of each batch is looked at. */
  constructor(checksums = true) {
    this.#checksums = checksums
    this.#record = new WireRecord()
  }

  /**
   * Opens the whole batch at `at`, for records from offset `from` on.
   * @param aborted what to leave out; undefined: nothing but control records.
   * @returns whether it has records to give.
   * @throws MalformedError; ChecksumError; UnreadableError.
   */
  open(bytes: Buffer, at: number, size: number, from: number, aborted?: AbortedTransactions): boolean {
    const attributes = attributesOf(bytes, at)
    this.#records = bytes.readInt32BE(at + batchAt.recordsCount)
    this.#baseOffset = readOffset(bytes, at + batchAt.baseOffset)
    this.#lastDelta = bytes.readInt32BE(at + batchAt.lastOffsetDelta)
    this.reached = this.#baseOffset
    this.failure = undefined
    if (this.#records < 0 || this.#lastDelta < 0)
      throw new MalformedError(
        `a batch of ${this.#records} records, the last one ${this.#lastDelta} after the first`,
      )
    if (this.#checksums && batchCrc(bytes, at, size) !== bytes.readUInt32BE(at + batchAt.crc))
      throw new ChecksumError(`the batch at offset ${this.#baseOffset} does not have its checksum`)
    const out = aborted !== undefined && this.#isAborted(bytes, at, size, attributes, aborted)
    if (out || attributes & controlBit) return false
    this.#baseTimestamp = readOffset(bytes, at + batchAt.baseTimestamp)
    this.#appendedAt =
      attributes & logAppendTimeBit ? readOffset(bytes, at + batchAt.maxTimestamp) : Number.NaN
    this.#unpack(bytes, at, at + size, attributes)
    this.#record.timestampType = attributes & logAppendTimeBit ? 'LogAppendTime' : 'CreateTime'
    this.#from = from
    this.count = this.#records
    if (this.#records === 0 && this.#start < this.#end)
      throw new MalformedError(`a batch of no records in ${this.#end - this.#start} bytes`)
    if (from > this.#baseOffset) this.#skip()
    return this.count > 0
  }

  #isAborted(bytes: Buffer, at: number, size: number, attributes: number, aborted: AbortedTransactions) {
    if (!(attributes & transactionalBit)) return false
    const producerId = bytes.readBigInt64BE(at + batchAt.producerId)
    const is = aborted.has(producerId, this.#baseOffset + this.#lastDelta)
    if (is && attributes & controlBit && this.#isAbortMarker(bytes, at, size)) aborted.end(producerId)
    return is
  }

  /** The key of a control record: a version and what it is, 0 for an abortion. */
  #isAbortMarker(bytes: Buffer, at: number, size: number): boolean {
    const record = this.#record
    const next = record.read(bytes, at + BATCH_HEADER_BYTES, at + size)
    return next > 0 && record.keyLength >= 4 && bytes.readInt16BE(record.keyStart + 2) === 0
  }

  /** Where the records are from: for them and for who takes them. */
  of(topic: string, partition: number, polledAt: number): this {
    this.#record.topic = topic
    this.#record.partition = partition
    this.polledAt = polledAt
    return this
  }

  #unpack(bytes: Buffer, at: number, end: number, attributes: number): void {
    const codec = codecOf(attributes)
    this.#record.bytes = bytes
    this.#start = at + BATCH_HEADER_BYTES
    this.#end = end
    if (codec === 'none') return
    if (codec === undefined) throw new MalformedError(`a batch with compression codec ${attributes & 7}`)
    const packed = bytes.subarray(this.#start, end)
    try {
      this.#record.bytes = decompress(codec, packed)
    } catch (error) {
      if ((error as Error).name === 'UnreadableError') throw error
      throw new MalformedError(`a batch that is not ${codec}: ${(error as Error).message}`, { cause: error })
    }
    this.#start = 0
    this.#end = this.#record.bytes.length
  }

  /** Passes over the records before the offset that was asked for. */
  #skip(): void {
    const record = this.#record
    while (this.#records > 0) {
      const next = record.read(record.bytes, this.#start, this.#end)
      // what is wrong comes out in `each`
      if (next < 0 || this.#baseOffset + record.offset >= this.#from) break
      this.#start = next
      this.#records--
    }
    this.count = this.#records
  }

  each(fn: (record: ConsumedRecord) => void): void {
    const record = this.#record
    const { bytes } = record
    const end = this.#end
    const baseOffset = this.#baseOffset
    const baseTimestamp = this.#baseTimestamp
    const lastDelta = this.#lastDelta
    const appendedAt = this.#appendedAt
    const logged = !Number.isNaN(appendedAt)
    let at = this.#start
    this.failure = undefined
    this.reached = Math.max(baseOffset, this.#from)
    for (let left = this.#records; left > 0; left--) {
      at = record.read(bytes, at, end)
      const delta = record.offset
      if (at < 0 || delta < 0 || delta > lastDelta) {
        this.failure = new MalformedError(`no record where one is expected, after offset ${this.reached - 1}`)
        return
      }
      record.offset = baseOffset + delta
      record.timestamp = logged ? appendedAt : baseTimestamp + record.timestamp
      this.reached = record.offset + 1
      fn(record)
    }
    if (at !== end) this.failure = new MalformedError(`${end - at} bytes after the last record`)
  }
}
