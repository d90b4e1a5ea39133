/** Bytes that do not compress, made where they are written: no table of them could be long enough for a batch of any size. */
import type { Random, Target } from '../../core/plugin.ts'

/** Fills `to` … `end` of the target; the same bytes for the same record, others for every other one. */
export type Noise = (target: Target, to: number, end: number, index: number) => void

export function createNoise(random: Random): Noise {
  return ({ bytes, view }, to, end, index) => {
    random.seek(index)
    // A linear congruential generator of full period (Numerical Recipes, 2nd edition, 7.1): each record starts at a place of
    // its own among 2^32. Its low bits have short periods, which the shift hides from a compressor.
    let x = random.int(0x100000000) | 0
    for (; to + 4 <= end; to += 4) {
      x = (Math.imul(x, 1664525) + 1013904223) | 0
      view.setInt32(to, x ^ (x >>> 15), true)
    }
    for (; to < end; to++) {
      x = (Math.imul(x, 1664525) + 1013904223) | 0
      bytes[to] = x >>> 24
    }
  }
}
