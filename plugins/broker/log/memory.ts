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

  /** Notes `bytes` more, after dropping what has to go for them. */
  grow(bytes: number): void {
    while (this.#held + bytes > this.limit) {
      const oldest = this.#oldest()
      if (oldest === undefined) break
      this.#held -= oldest.dropFirstChunk()
    }
    this.#held += bytes
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
