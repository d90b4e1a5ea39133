/** Which records are looked at: one of each block of 64, at a place that is drawn for the block. */
import type { Random } from '../../core/plugin.ts'

/** One record of so many is in the sample. */
export const EVERY = 64

/**
 * Whether a record is in the sample: a function of (seed, stream, index) alone, so that nothing a plugin does every n-th time is in
 * step with it. A thread's records come in order, so that a comparison with the next one is all that most of them cost.
 */
export class Sampled {
  readonly #random: Random
  /** Records in [from, next) are not in the sample. */
  from = 0
  next = -1

  constructor(random: Random) {
    this.#random = random
  }

  /** For a record that is not in [from, next): moves both on. */
  has(index: number): boolean {
    const block = Math.floor(index / EVERY)
    const place = index === this.next ? index : this.#placeIn(block)
    this.from = index
    this.next = index < place ? place : this.#placeIn(block + 1)
    return index === place
  }

  #placeIn(block: number): number {
    this.#random.seek(block)
    return block * EVERY + this.#random.int(EVERY)
  }
}
