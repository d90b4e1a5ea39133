import { readBatchHeader } from '../../protocol/batch.ts'
import { Chunk } from './chunk.ts'
import type { LogMemory } from './memory.ts'
import { firstSince, LookBudget, latestIn, NOWHERE, type TimestampOffset } from './timestamps.ts'
import { type AbortedTransaction, TransactionIndex } from './transaction-index.ts'

const FIRST_CHUNK_BYTES = 16 * 1024

/** The batches of one partition, oldest dropped first. Everything appended is at once below the high watermark. */
export class PartitionLog {
  readonly transactions = new TransactionIndex()
  readonly #memory: LogMemory
  #chunks: Chunk[] = []
  #logStart = 0
  #logEnd = 0
  #endByte = 0
  #deleted = false
  #listeners = new Set<(bytes: number) => void>()

  constructor(memory: LogMemory) {
    this.#memory = memory
    memory.add(this)
  }

  get logStartOffset(): number {
    return this.#logStart
  }

  /** Offset that the next record gets; also the high watermark. */
  get logEndOffset(): number {
    return this.#logEnd
  }

  /** Where a read_committed consumer has to stop: at the first record of the oldest open transaction. */
  get lastStableOffset(): number {
    const open = this.transactions.firstOpenOffset
    // Retention does not wait for a transaction to end.
    return open === undefined ? this.#logEnd : Math.max(open, this.#logStart)
  }

  /** Set when its topic has been deleted. */
  get deleted(): boolean {
    return this.#deleted
  }

  get memory(): number {
    let bytes = 0
    for (const chunk of this.#chunks) bytes += chunk.buffer.length
    return bytes
  }

  /** When the first chunk was last written to, in the order of appends; undefined when there is nothing to drop. */
  get oldestAppend(): number | undefined {
    return this.#chunks[0]?.lastAppend
  }

  /** Calls `listener` with the bytes of each batch appended, until the returned function is called. */
  onAppend(listener: (bytes: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Copies the batch in; returns the base offset it got and where it now is, to patch what else must be. */
  append(
    batch: Buffer,
    records: number,
    epoch: number,
    maxTimestamp: number,
  ): { baseOffset: number; chunk: Chunk; start: number } {
    const baseOffset = this.#logEnd
    const chunk = this.#chunkFor(batch.length)
    const lastOffset = baseOffset + records - 1
    const start = chunk.append(batch, baseOffset, lastOffset, epoch, maxTimestamp)
    chunk.lastAppend = this.#memory.tick()
    this.#logEnd = lastOffset + 1
    this.#endByte += batch.length
    return { baseOffset, chunk, start }
  }

  /** Wakes who waits for records: after the append is complete. */
  notify(bytes: number): void {
    for (const listener of this.#listeners) listener(bytes)
  }

  #chunkFor(bytes: number): Chunk {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.room >= bytes) return last
    const wanted = last === undefined ? FIRST_CHUNK_BYTES : last.buffer.length * 2
    const capacity = Math.max(bytes, Math.min(wanted, this.#memory.chunkBytes))
    const chunk = new Chunk(this.#memory.allocate(capacity), this.#endByte, this.#logEnd)
    this.#chunks.push(chunk)
    return chunk
  }

  /** Drops the oldest chunk and returns it. */
  dropFirstChunk(): Chunk | undefined {
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return undefined
    this.#logStart = Math.max(this.#logStart, chunk.lastOffset + 1)
    this.transactions.dropBefore(this.#logStart)
    this.notify(0)
    return chunk
  }

  /** Lets the log begin at `offset`, at most its end; chunks that are before it give their memory back. */
  startAt(offset: number): void {
    if (offset <= this.#logStart) return
    while (this.#chunks[0] !== undefined && this.#chunks[0].lastOffset < offset) {
      this.#memory.release(this.#chunks.shift()!)
    }
    this.#logStart = offset
    this.transactions.dropBefore(offset)
    this.notify(0)
  }

  /** Lets batches go from the start on while `bytes` and more stay. */
  retainBytes(bytes: number): void {
    const first = this.#endByte - bytes
    if (first <= this.#byteOf(this.#logStart)) return
    const chunk = this.#chunks.find(each => each.startByte + each.used > first)
    this.startAt(chunk?.baseOffsetOf(chunk.indexAtByte(first - chunk.startByte)) ?? this.#logEnd)
  }

  /** Lets batches go from the start on whose newest record is older than `time`, in ms; those without times stay. */
  retainSince(time: number): void {
    for (const chunk of this.#chunks) {
      for (let index = 0; index < chunk.batches; index++) {
        const newest = chunk.maxTimestampOf(index)
        if (newest >= 0 && newest < time) continue
        this.startAt(chunk.baseOffsetOf(index))
        return
      }
    }
    this.startAt(this.#logEnd)
  }

  /** Gives its memory back and wakes whoever waits for records that will not come. */
  delete(): void {
    this.#memory.remove(this)
    this.#chunks = []
    this.#deleted = true
    this.notify(Number.POSITIVE_INFINITY)
  }

  #chunkIndex(offset: number): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#chunks[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Bytes from the batch that holds `offset` to the one that holds `end`, which is not counted. */
  bytesFrom(offset: number, end = this.#logEnd): number {
    return Math.max(0, this.#byteOf(end) - this.#byteOf(offset))
  }

  /** Where the batch that holds `offset` begins, in bytes since the first append ever. */
  #byteOf(offset: number): number {
    const chunk = this.#chunks[this.#chunkIndex(offset)]
    return chunk === undefined ? this.#endByte : chunk.startByte + chunk.startOf(chunk.indexOf(offset))
  }

  /**
   * Views of whole batches from the one that holds `offset`, at most `maxBytes` together and all before the one that holds
   * `until`; the first batch is given whatever its size when `atLeastOne`.
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean, until = this.#logEnd): Buffer[] {
    const slices: Buffer[] = []
    const available = this.bytesFrom(offset, until)
    if (available === 0) return slices
    let left = Math.min(maxBytes, available)
    for (let at = this.#chunkIndex(offset); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at]!
      const index = slices.length === 0 ? chunk.indexOf(offset) : 0
      if (index === chunk.batches) continue
      const start = chunk.startOf(index)
      let end = chunk.endWithin(index, left)
      if (end === start && atLeastOne && slices.length === 0) end = chunk.startOf(index + 1)
      if (end === start) break
      slices.push(chunk.view(start, end))
      left -= end - start
      if (end < chunk.used) break
    }
    return slices
  }

  /** Aborted transactions that have something in these batches: the result of a read from `offset`. */
  abortedIn(offset: number, slices: readonly Buffer[]): AbortedTransaction[] {
    const last = slices.at(-1)
    if (last === undefined || !this.transactions.anyAborted) return []
    let end = offset
    for (let at = 0; at < last.length; ) {
      const { baseOffset, lastOffsetDelta, sizeInBytes } = readBatchHeader(last, at)
      end = baseOffset + lastOffsetDelta + 1
      at += sizeInBytes
    }
    return this.transactions.abortedWithin(offset, end)
  }

  /** The first record with a timestamp of at least `timestamp` (ms). */
  offsetForTime(timestamp: number, budget = new LookBudget()): TimestampOffset {
    for (const chunk of this.#chunks) {
      if (chunk.maxTimestamp < timestamp) continue
      for (let index = 0; index < chunk.batches; index++) {
        if (chunk.lastOffsetOf(index) < this.#logStart || chunk.maxTimestampOf(index) < timestamp) continue
        const found = firstSince(chunk.batch(index), timestamp, this.#logStart, budget)
        if (found !== undefined) return found
      }
    }
    return NOWHERE
  }

  /** The first record with the largest timestamp. */
  latestTimestamp(budget = new LookBudget()): TimestampOffset {
    let latest: Chunk | undefined
    for (const chunk of this.#chunks) {
      if (latest === undefined || chunk.maxTimestamp > latest.maxTimestamp) latest = chunk
    }
    if (latest === undefined) return NOWHERE
    let index = 0
    while (latest.maxTimestampOf(index) < latest.maxTimestamp) index++
    return latestIn(latest.batch(index), budget)
  }
}
