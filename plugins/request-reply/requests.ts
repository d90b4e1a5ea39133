/**
 * Which requests were confirmed and which were answered: two bits for each, in memory that all workers share. So a reply
 * is counted once, whichever worker reads it and whichever one sent the request, and no more is kept than a run's length asks for.
 */

/** The broker has it: an answer is due. */
export const CONFIRMED = 1
/** There was a reply. */
export const ANSWERED = 2

/** Words before the bits: how many are confirmed and not answered. */
const HEAD = 1
const IN_WORD = 16

/** Bytes for so many requests. The system gives them when they are first written to. */
export function memoryFor(requests: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (HEAD + Math.ceil(requests / IN_WORD)))
}

export class Requests {
  readonly #words: Int32Array
  readonly #total: number

  constructor(memory: SharedArrayBuffer, total: number) {
    this.#words = new Int32Array(memory)
    this.#total = total
  }

  has(index: number): boolean {
    return index >= 0 && index < this.#total
  }
  /** Sets a bit; answers both as they were. Of two workers that mark one request, the later one sees what the earlier did. */
  mark(index: number, bit: typeof CONFIRMED | typeof ANSWERED): number {
    const shift = (index & (IN_WORD - 1)) << 1
    return (Atomics.or(this.#words, HEAD + (index >>> 4), bit << shift) >>> shift) & 3
  }

  /** Confirmed and not answered, of all workers. */
  get open(): number {
    return Atomics.load(this.#words, 0)
  }
  addOpen(n: number): void {
    if (n !== 0) Atomics.add(this.#words, 0, n)
  }
}
