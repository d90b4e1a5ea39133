import type { Random } from '../../core/plugin.ts'

/** Luby & Rackoff (1988): after four nobody tells it from a random shuffle who does not look for it. Each takes 5 ns. */
const ROUNDS = 4

/** MurmurHash3's finalizer (Austin Appleby, public domain). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * A shuffle of 0 … size − 1 without a table: a Feistel network over two halves of about √size each, which need be no powers of
 * two, and a walk on from what lies beyond the size (Black & Rogaway, "Ciphers with arbitrary finite domains", 2002). The two
 * halves have at most √size places more than there are numbers, so a walk is rare.
 */
export class Permutation {
  readonly #size: number
  /** Places of the left and the right half: at most 2^27 each. */
  readonly #left: number
  readonly #right: number
  readonly #keys: Int32Array

  /** @param size 1 to 2^53 */
  constructor(size: number, random: Random) {
    this.#size = size
    this.#left = Math.ceil(Math.sqrt(size))
    this.#right = Math.ceil(size / this.#left)
    random.seek(0)
    this.#keys = Int32Array.from({ length: ROUNDS }, () => random.int(2 ** 32) | 0)
  }

  /** Where a number goes, 0 to size − 1. */
  at(index: number): number {
    const left = this.#left
    const right = this.#right
    const keys = this.#keys
    // a 32-bit hash, scaled to a half: below 2^27, so that all of this is arithmetic of whole numbers
    const toLeft = left / 0x100000000
    const toRight = right / 0x100000000
    let r = Math.floor(index / left) | 0
    let l = (index - r * left) | 0
    for (;;) {
      for (let round = 0; round < ROUNDS; round += 2) {
        l = (l + ((mix(r ^ (keys[round] as number)) * toLeft) | 0)) | 0
        if (l >= left) l -= left
        r = (r + ((mix(l ^ (keys[round + 1] as number)) * toRight) | 0)) | 0
        if (r >= right) r -= right
      }
      const place = r * left + l
      if (place < this.#size) return place
    }
  }
}
