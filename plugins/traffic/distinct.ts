/**
 * How many keys there are: every key of the sample with its count, as long as they are at most 8,192; beyond that those of half of
 * all keys, a quarter and so on, chosen by their hash (adaptive sampling: Flajolet 1990, Gibbons 2001).
 */

const CAPACITY = 8192
const BITS = 14
const SLOTS = 2 ** BITS

/** Cloneable. Keys by their hash, each with its records in the sample. */
export interface DistinctPart {
  /** Keys are there whose hash ends in so many zeros: one key of 2^level. */
  readonly level: number
  readonly hashes: Uint32Array
  readonly counts: Uint32Array
}

export class DistinctKeys {
  readonly #capacity: number
  #level = 0
  #size = 0
  readonly #hashes = new Uint32Array(SLOTS)
  /** 0: the slot is empty. */
  readonly #counts = new Uint32Array(SLOTS)

  /** @param capacity of keys, at most 8,192. */
  constructor(capacity = CAPACITY) {
    this.#capacity = capacity
  }

  /** @param hash of 32 bits, all of them as good as drawn. */
  add(hash: number, times = 1): void {
    if (this.#level > 0 && (hash & (2 ** this.#level - 1)) !== 0) return
    // the last bits of those that are left are alike
    let slot = hash >>> (32 - BITS)
    while (this.#counts[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
    if (this.#counts[slot] === 0) {
      this.#hashes[slot] = hash
      this.#size++
    }
    this.#counts[slot] = (this.#counts[slot] as number) + times
    while (this.#size > this.#capacity) this.#halve()
  }
  absorb({ level, hashes, counts }: DistinctPart): void {
    while (this.#level < level) this.#halve()
    for (const [i, hash] of hashes.entries()) this.add(hash, counts[i])
  }
  part(): DistinctPart {
    const hashes = new Uint32Array(this.#size)
    const counts = new Uint32Array(this.#size)
    let n = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#counts[slot] === 0) continue
      hashes[n] = this.#hashes[slot] as number
      counts[n++] = this.#counts[slot] as number
    }
    return { level: this.#level, hashes, counts }
  }

  /** Comes about once for each doubling of the keys. */
  #halve(): void {
    const { hashes, counts } = this.part()
    this.#level++
    this.#size = 0
    this.#counts.fill(0)
    for (const [i, hash] of hashes.entries()) this.add(hash, counts[i])
  }
}

/** Keys in the sample; exact up to 8,192 of them. */
export function distinctInSample({ level, hashes }: DistinctPart): number {
  return hashes.length * 2 ** level
}

/**
 * About how many keys there are in all records, `times` as many as were sampled, from the keys that were seen once and twice: the
 * estimate of Chao & Lin (2012) for samples without replacement. It is not biased where every key comes equally often, or once,
 * though chance has a hand in it; where many hardly ever come it is far too small.
 */
export function distinctEstimate(part: DistinctPart, times: number): number {
  const { level, counts } = part
  let [once, twice, records] = [0, 0, 0]
  for (const n of counts) {
    if (n === 1) once++
    else if (n === 2) twice++
    records += n
  }
  if (once === 0) return distinctInSample(part)
  const unseen = once ** 2 / ((records / Math.max(1, records - 1)) * 2 * twice + once / (times - 1))
  return Math.round((counts.length + unseen) * 2 ** level)
}
