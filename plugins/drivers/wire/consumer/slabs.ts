/** Memory for fetch answers that wait to be polled, used again: fresh memory for each costs more than copying into it. */

const LEAST_BYTES = 1024

/** Memory of one answer, shared by what it holds. */
export interface Slab {
  readonly memory: Buffer
  /** How many still need it. */
  users: number
}

export class Slabs {
  readonly #keepBytes: number
  #free: Buffer[] = []
  #freeBytes = 0

  /** @param keepBytes of memory that is kept for later, at most. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes
  }

  /** Memory of so many bytes, twice as much at most: what waits is to hold what it counts. For one user. */
  take(bytes: number): Slab {
    const size = sizeFor(bytes)
    // what was given back last is in the cache
    const found = this.#free.findLastIndex(each => each.length === size)
    if (found < 0) return { memory: Buffer.allocUnsafeSlow(size), users: 1 }
    const [memory] = this.#free.splice(found, 1) as [Buffer]
    this.#freeBytes -= memory.length
    return { memory, users: 1 }
  }

  /** One of its users is done with it. */
  release(slab: Slab): void {
    if (--slab.users > 0) return
    const { memory } = slab
    this.#free.push(memory)
    this.#freeBytes += memory.length
    while (this.#freeBytes > this.#keepBytes) this.#freeBytes -= (this.#free.shift() as Buffer).length
  }
}

/** Powers of two, so that answers of about one size fit into each other's memory. */
function sizeFor(bytes: number): number {
  return Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes)))
}
