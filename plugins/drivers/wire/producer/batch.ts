/** Records of one partition on their way: a record batch as it goes over the wire, and columns of what comes back to the engine. */
import type { Draft, HeldBatch } from '../../../../core/plugin.ts'
import { BATCH_HEADER_BYTES, BATCH_LOG_OVERHEAD, batchAt, batchCrc } from '../../../protocol/batch.ts'

/** Bytes before a batch, for what a Produce request has before each partition's records: its number and their length. */
export const BEFORE = 9
/** Bytes after a batch, for the ends of the structures around it. */
export const AFTER = 3
/** Where the first record of a batch is in its memory. */
export const FIRST = BEFORE + BATCH_HEADER_BYTES
/** Bytes of memory beside the batch itself. */
export const AROUND = BEFORE + AFTER

const NOTHING = Buffer.alloc(0)
const NO_VIEW: DataView = new DataView(NOTHING.buffer)
const NOBODY = -1n

export class Batch implements HeldBatch {
  partition = -1
  count = 0
  /** Of the values alone, as rates count them. */
  valueBytes = 0
  /** Of the records as encoded, compressed or not: what the producer's bound counts. */
  bytes = 0
  memory: Buffer = NOTHING
  /** Of its memory: numbers are written through it, the methods of a Buffer take several times as long. */
  view: DataView = NO_VIEW
  /** Where the next record goes; after `seal`: where the batch ends. */
  position = FIRST
  baseTimestamp = 0
  maxTimestamp = 0
  attributes = 0
  /** When its first record was handed over, µs since t0. */
  openedAt = 0
  wireAt = 0
  /** Of its first record among all that the partition was ever given: batches of a partition are ordered by it. */
  baseSequence = -1
  index = new Float64Array(64)
  scheduledAt = new Float64Array(64)
  enqueuedAt = new Float64Array(64)

  /** What the broker knows its first record by, given when it is first sent; -1: not yet, or never. See sequences.ts. */
  sequence = -1
  producerId = NOBODY
  producerEpoch = -1
  /** Its checksum covers all of its header as it is now. */
  #summed = false
  readonly #attributes: number

  /** Times it was sent. */
  attempts = 0
  /** An attempt ended so that nobody knows whether it was written: no other end than acked or unknown is left. */
  uncertain = false
  /** An attempt may have been written, so it must never get another sequence. */
  maybeWritten = false
  /** The broker refused its sequence although it was the next one. */
  outOfOrder = false
  /** Of the last attempt that failed. '' before. */
  error = ''
  message = ''
  /** It has its outcome, or others took its place. */
  ended = false
  /** In a request without an answer. */
  underWay = false
  /** Writes that the operating system has not taken yet. */
  writing = 0

  /** @param attributes that it has whenever it is opened. */
  constructor(attributes = 0) {
    this.#attributes = attributes
  }

  open(partition: number, openedAt: number, baseSequence: number, timestamp: number, memory: Buffer): void {
    this.partition = partition
    this.count = 0
    this.valueBytes = 0
    this.bytes = 0
    this.use(memory)
    this.position = FIRST
    this.baseTimestamp = timestamp
    this.maxTimestamp = timestamp
    this.attributes = this.#attributes
    this.openedAt = openedAt
    this.wireAt = Number.NaN
    this.baseSequence = baseSequence
    this.forgetSequence()
    this.#summed = false
    this.attempts = 0
    this.uncertain = false
    this.maybeWritten = false
    this.error = ''
    this.message = ''
    this.ended = false
  }

  /** Its records are in that memory from now on. */
  use(memory: Buffer): void {
    this.memory = memory
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length)
  }

  /** Bytes of the batch so far. */
  get size(): number {
    return this.position - BEFORE
  }

  /** The draft's record is written, and ends there. */
  add(draft: Pick<Draft, 'index' | 'scheduledAt' | 'enqueuedAt' | 'size'>, end: number): void {
    const at = this.count
    if (at === this.index.length) this.#grow()
    this.index[at] = draft.index
    this.scheduledAt[at] = draft.scheduledAt
    this.enqueuedAt[at] = draft.enqueuedAt
    const size = draft.size | 0
    if (size > 0) this.valueBytes += size
    this.bytes += end - this.position
    this.position = end
    this.count = at + 1
  }

  #grow(): void {
    const longer = (column: Float64Array) => {
      const next = new Float64Array(4 * column.length)
      next.set(column)
      return next
    }
    this.index = longer(this.index)
    this.scheduledAt = longer(this.scheduledAt)
    this.enqueuedAt = longer(this.enqueuedAt)
  }

  /** Writes all of the header that does not depend on who sends it. */
  seal(): void {
    const { view } = this
    writeLong(view, BEFORE + batchAt.baseOffset, 0)
    view.setInt32(BEFORE + batchAt.batchLength, this.size - BATCH_LOG_OVERHEAD)
    view.setInt32(BEFORE + batchAt.partitionLeaderEpoch, -1)
    view.setInt8(BEFORE + batchAt.magic, 2)
    view.setInt16(BEFORE + batchAt.attributes, this.attributes)
    view.setInt32(BEFORE + batchAt.lastOffsetDelta, this.count - 1)
    writeLong(view, BEFORE + batchAt.baseTimestamp, this.baseTimestamp)
    writeLong(view, BEFORE + batchAt.maxTimestamp, this.maxTimestamp)
    view.setInt32(BEFORE + batchAt.recordsCount, this.count)
    this.#summed = false
  }

  /** Who sends it, and where it stands among what that producer sends. */
  giveSequence(producerId: bigint, producerEpoch: number, sequence: number): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.sequence = sequence
    this.#summed = false
  }
  forgetSequence(): void {
    this.giveSequence(NOBODY, -1, -1)
    this.outOfOrder = false
  }

  /** Writes the rest of the header, once, before it is sent. */
  sum(): void {
    if (this.#summed) return
    const { memory, view } = this
    view.setBigInt64(BEFORE + batchAt.producerId, this.producerId)
    view.setInt16(BEFORE + batchAt.producerEpoch, this.producerEpoch)
    view.setInt32(BEFORE + batchAt.baseSequence, this.sequence)
    view.setUint32(BEFORE + batchAt.crc, batchCrc(memory, BEFORE, this.size))
    this.#summed = true
  }

  /** Takes its memory away; answers it. */
  empty(): Buffer {
    const { memory } = this
    this.memory = NOTHING
    this.view = NO_VIEW
    return memory
  }
}

/** A 64-bit field from a number that is exact. */
function writeLong(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  view.setInt32(at, high)
  view.setUint32(at + 4, value - high * 0x1_0000_0000)
}
