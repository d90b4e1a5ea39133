import { batchAt, readOffset, writeOffset } from '../../protocol/batch.ts'

/** A piece of a partition's log: batches back to back in one buffer, so that a fetch hands out views of it. */
export class Chunk {
  readonly buffer: Buffer
  /** Bytes of the partition before this chunk, counted from the first append ever. */
  readonly startByte: number
  readonly firstOffset: number
  used = 0
  #lent = false
  /** Order of the last append among all appends of the broker: the oldest chunk goes first. */
  lastAppend = 0
  maxTimestamp = Number.NEGATIVE_INFINITY
  readonly #lastOffsets: number[] = []
  readonly #starts: number[] = []

  constructor(buffer: Buffer, startByte: number, firstOffset: number) {
    this.buffer = buffer
    this.startByte = startByte
    this.firstOffset = firstOffset
  }

  /** Whether a view has been given out: an answer with it may still be on its way, so the memory is not used again. */
  get lent(): boolean {
    return this.#lent
  }

  get room(): number {
    return this.buffer.length - this.used
  }

  get batches(): number {
    return this.#starts.length
  }

  get lastOffset(): number {
    return this.#lastOffsets.at(-1) ?? this.firstOffset - 1
  }

  /** Copies a batch in, gives it its place in the log and returns where it starts; there must be room for it. */
  append(batch: Buffer, baseOffset: number, lastOffset: number, epoch: number, maxTimestamp: number): number {
    const start = this.used
    batch.copy(this.buffer, start)
    writeOffset(this.buffer, start + batchAt.baseOffset, baseOffset)
    this.buffer.writeInt32BE(epoch, start + batchAt.partitionLeaderEpoch)
    this.#starts.push(start)
    this.#lastOffsets.push(lastOffset)
    this.used += batch.length
    this.maxTimestamp = Math.max(this.maxTimestamp, maxTimestamp)
    return start
  }

  /**
   * Bytes of whole batches: a copy unless they are most of the chunk, so that an answer not read yet never holds more than
   * twice its own size, even when the chunk is dropped and counted no more.
   */
  view(start: number, end: number): Buffer {
    const bytes = this.buffer.subarray(start, end)
    if (bytes.length <= this.buffer.length >>> 1) return Buffer.from(bytes)
    this.#lent = true
    return bytes
  }

  /** Index of the first batch whose last offset is at least `offset`; `batches` when there is none. */
  indexOf(offset: number): number {
    let low = 0
    let high = this.#lastOffsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#lastOffsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where batch `index` starts, in bytes of this chunk; the end of the last one for `batches`. */
  startOf(index: number): number {
    return this.#starts[index] ?? this.used
  }

  /** The largest end of a batch from `index` on that is at most `limit` bytes after its start. */
  endWithin(index: number, limit: number): number {
    const start = this.startOf(index)
    if (this.used - start <= limit) return this.used
    let low = index
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.startOf(middle) - start <= limit) low = middle
      else high = middle - 1
    }
    return this.startOf(low)
  }

  /** Index of the batch that holds byte `at` of this chunk: the first one for what is before, `batches` for what is behind. */
  indexAtByte(at: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.startOf(middle + 1) <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The bytes of batch `index`, as they are. */
  batch(index: number): Buffer {
    return this.buffer.subarray(this.startOf(index), this.startOf(index + 1))
  }

  baseOffsetOf(index: number): number {
    return readOffset(this.buffer, this.startOf(index) + batchAt.baseOffset)
  }

  lastOffsetOf(index: number): number {
    return this.#lastOffsets[index]!
  }

  maxTimestampOf(index: number): number {
    return readOffset(this.buffer, this.startOf(index) + batchAt.maxTimestamp)
  }
}
