/** Requests that a broker has, in transactions that have not ended: whether an answer is due is not known yet. */

interface Open {
  readonly transaction: number
  readonly requests: number[]
}
const NONE: readonly number[] = []

export class Undecided {
  /** By producer: each has one transaction at a time. */
  readonly #open = new Map<number, Open>()

  add(producer: number, transaction: number, index: Float64Array, count: number): void {
    let open = this.#open.get(producer)
    if (open?.transaction !== transaction) {
      open = { transaction, requests: [] }
      this.#open.set(producer, open)
    }
    for (let i = 0; i < count; i++) open.requests.push(index[i] as number)
  }

  /** Those of a transaction that has ended. */
  take(producer: number, transaction: number): readonly number[] {
    const open = this.#open.get(producer)
    if (open?.transaction !== transaction) return NONE
    this.#open.delete(producer)
    return open.requests
  }
}
