import type { Chunk } from './chunk.ts'
import type { PartitionLog } from './partition-log.ts'

/**
 * The bound on what all logs of a broker hold together. When an append needs room, the chunk that was last written to
 * the longest ago is dropped, whichever partition it is of. Counted are the buffers; an index entry of some 20 bytes per
 * batch comes on top.
 */
export class LogMemory {
  readonly limit: number
  /** Largest chunk in bytes: one chunk must stay a small part of the bound. */
  readonly chunkBytes: number
  readonly #logs = new Set<PartitionLog>()
  #held = 0
  #appends = 0
  /** A dropped chunk's memory, for the next one: fresh memory costs several times what the copying into it does. */
  #spare: Buffer | undefined

  /** @param limit bytes of all logs together; one batch above it is always kept. */
  constructor(limit: number) {
    this.limit = limit
    this.chunkBytes = Math.min(1024 * 1024, Math.max(4096, limit >>> 5))
  }

  get held(): number {
    return this.#held
  }

  add(log: PartitionLog): void {
    this.#logs.add(log)
  }

  /** Forgets a deleted topic's log. */
  remove(log: PartitionLog): void {
    if (this.#logs.delete(log)) this.#held -= log.memory
  }

  /** The number of an append: later ones are larger. */
  tick(): number {
    return ++this.#appends
  }

  /** Takes a dropped chunk's memory back. */
  release(chunk: Chunk): void {
    this.#held -= chunk.buffer.length
    if (!chunk.lent && chunk.buffer.length === this.chunkBytes) this.#spare = chunk.buffer
  }

  /** A buffer for a chunk, after dropping what has to go for it. */
  allocate(bytes: number): Buffer {
    while (this.#held + bytes > this.limit) {
      const oldest = this.#oldest()
      if (oldest === undefined) break
      const chunk = oldest.dropFirstChunk()
      if (chunk === undefined) break
      this.release(chunk)
    }
    this.#held += bytes
    const spare = this.#spare
    if (spare?.length !== bytes) return Buffer.allocUnsafeSlow(bytes)
    this.#spare = undefined
    return spare
  }

  #oldest(): PartitionLog | undefined {
    let oldest: PartitionLog | undefined
    let age = Number.POSITIVE_INFINITY
    for (const log of this.#logs) {
      const last = log.oldestAppend
      if (last !== undefined && last < age) {
        age = last
        oldest = log
      }
    }
    return oldest
  }
}
