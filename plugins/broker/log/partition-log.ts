import { Chunk } from './chunk.ts'
import type { LogMemory } from './memory.ts'

/** A place in time and log: `offset` is −1 when there is none. */
export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
}

const NOWHERE: TimestampOffset = { timestamp: -1, offset: -1 }
const FIRST_CHUNK_BYTES = 16 * 1024

/** The batches of one partition, oldest dropped first. Everything appended is at once below the high watermark. */
export class PartitionLog {
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

  /** Offset that the next record gets; also the high watermark and the last stable offset. */
  get logEndOffset(): number {
    return this.#logEnd
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
    if (chunk !== undefined) this.#logStart = chunk.lastOffset + 1
    return chunk
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

  /** Bytes from the batch that holds `offset` to the end. */
  bytesFrom(offset: number): number {
    const chunk = this.#chunks[this.#chunkIndex(offset)]
    if (chunk === undefined) return 0
    return this.#endByte - chunk.startByte - chunk.startOf(chunk.indexOf(offset))
  }

  /**
   * Views of whole batches from the one that holds `offset`, at most `maxBytes` together; the first batch is given
   * whatever its size when `atLeastOne`.
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): Buffer[] {
    const slices: Buffer[] = []
    let left = maxBytes
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

  /**
   * The first batch with a timestamp of at least `timestamp` (ms): its base offset. Batches are opaque here, so the answer
   * is at most one batch early, never late.
   */
  offsetForTime(timestamp: number): TimestampOffset {
    for (const chunk of this.#chunks) {
      if (chunk.maxTimestamp < timestamp) continue
      for (let index = 0; index < chunk.batches; index++) {
        const found = chunk.maxTimestampOf(index)
        if (found >= timestamp) return { timestamp: found, offset: chunk.baseOffsetOf(index) }
      }
    }
    return NOWHERE
  }

  /** The batch with the largest timestamp: its last offset. */
  latestTimestamp(): TimestampOffset {
    let latest: Chunk | undefined
    for (const chunk of this.#chunks) {
      if (latest === undefined || chunk.maxTimestamp > latest.maxTimestamp) latest = chunk
    }
    if (latest === undefined) return NOWHERE
    let index = 0
    while (latest.maxTimestampOf(index) < latest.maxTimestamp) index++
    return { timestamp: latest.maxTimestamp, offset: latest.lastOffsetOf(index) }
  }
}
