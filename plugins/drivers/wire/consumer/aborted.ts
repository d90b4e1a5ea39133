/** Whose transactions in a fetch answer were aborted, as Kafka's own consumer tells. */

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/**
 * The aborted transactions of one answer for one partition. The broker names all that reach into the answer, also those that
 * began before it or whose marker is in a later one, so nothing is carried over.
 */
export class AbortedTransactions {
  /** By their first offset, the last one first. */
  readonly #coming: AbortedTransaction[]
  readonly #open = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = aborted.toSorted((a, b) =>
      a.firstOffset < b.firstOffset ? 1 : a.firstOffset > b.firstOffset ? -1 : 0,
    )
  }

  /** Whether a transactional batch of this producer, up to this offset, was aborted. Batches come in their order. */
  has(producerId: bigint, lastOffset: number): boolean {
    for (let next = this.#coming.at(-1); next && Number(next.firstOffset) <= lastOffset; ) {
      this.#open.add(next.producerId)
      this.#coming.pop()
      next = this.#coming.at(-1)
    }
    return this.#open.has(producerId)
  }

  /** The marker of its abortion was passed: what comes next of this producer is another transaction. */
  end(producerId: bigint): void {
    this.#open.delete(producerId)
  }
}
