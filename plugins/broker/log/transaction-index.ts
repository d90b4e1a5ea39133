/** An aborted transaction in one partition: what Fetch tells a read_committed consumer to drop. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Of its first record here. */
  readonly firstOffset: number
  /** Of its marker. */
  readonly lastOffset: number
  /** Where the stable part of the log ended once the marker was there: no later transaction begins before it. */
  readonly stableOffset: number
}

/** The transactions in one partition: those that are open, and those that were aborted and still have records. */
export class TransactionIndex {
  /** First offset of each producer's open transaction; in the order of these offsets, as maps keep it. */
  readonly #open = new Map<bigint, number>()
  #aborted: AbortedTransaction[] = []

  /** First offset of the oldest open transaction; undefined when none is open. */
  get firstOpenOffset(): number | undefined {
    return this.#open.values().next().value
  }

  get anyAborted(): boolean {
    return this.#aborted.length > 0
  }

  /** Where the producer's open transaction begins; undefined when it has none here. */
  openOffset(producerId: bigint): number | undefined {
    return this.#open.get(producerId)
  }

  /** A record of a transaction is at `offset`; without a producer id it is one that nobody will ever end. */
  written(producerId: bigint, offset: number): void {
    if (producerId >= 0n && !this.#open.has(producerId)) this.#open.set(producerId, offset)
  }

  /** The marker at `lastOffset` ends the producer's transaction; one that has no records here leaves no trace. */
  end(producerId: bigint, lastOffset: number, commit: boolean): void {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return
    this.#open.delete(producerId)
    if (commit) return
    const stableOffset = this.firstOpenOffset ?? lastOffset + 1
    this.#aborted.push({ producerId, firstOffset, lastOffset, stableOffset })
  }

  /** Aborted transactions with records or a marker in the offsets from `start` to `end`, `end` excluded. */
  abortedWithin(start: number, end: number): AbortedTransaction[] {
    const found = []
    for (let at = this.#from(start); at < this.#aborted.length; at++) {
      const aborted = this.#aborted[at]!
      if (aborted.firstOffset < end) found.push(aborted)
      if (aborted.stableOffset >= end) break
    }
    return found
  }

  /** Forgets what ended before `offset`, where the log begins now. */
  dropBefore(offset: number): void {
    const kept = this.#from(offset)
    if (kept > 0) this.#aborted = this.#aborted.slice(kept)
  }

  /** Index of the first aborted transaction whose marker is at `offset` or after it. */
  #from(offset: number): number {
    let low = 0
    let high = this.#aborted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#aborted[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
