/** Draws of a distribution by its quantile function, which is computed beforehand: per record it would take 20 to 50 ns more. */
import type { Random } from '../../core/plugin.ts'

/** A number that is small to the machine: larger ones are made anew when they are handed on. */
const WORD = 0x4000_0000
const CELLS = 0x1000
/** Of a word, what is left of it within its cell. */
const REST_BITS = 18
const REST_MASK = 0x3_ffff
/** A literal: as a power of a constant it would be computed for each record, in 25 ns. */
const REST_SCALE = 1 / 0x4_0000
/** Cells at either end in which the function is too steep for a straight line, and is computed for each draw. */
const STEEP = CELLS / 64

/**
 * Whole bytes from `min` to `max`, drawn with what comes next from `random`, after its `seek`.
 *
 * The quantiles of 4,096 places are joined by straight lines but for the outer 64ths, which are exact. For the normal and the
 * lognormal distribution that moves no quantile by more than two millionths of all draws: it takes 10^11 of them to see it.
 * @param quantile bytes at u in [0, 1], below 2^31; a size stands for half a byte on either side
 */
export function quantileDraw(
  quantile: (u: number) => number,
  { min, max }: { readonly min: number; readonly max: number },
  random: Random,
): () => number {
  const places = Float64Array.from({ length: CELLS + 1 }, (_, i) => quantile(i / CELLS) + 0.5)
  const exact = (word: number) => {
    const size = Math.floor(quantile((word + random.float()) / WORD) + 0.5)
    return Math.min(max, Math.max(min, size))
  }
  return () => {
    const word = random.int(WORD)
    const cell = word >>> REST_BITS
    if (cell < STEEP || cell >= CELLS - STEEP) return exact(word)
    const place = places[cell] as number
    const rest = (word & REST_MASK) * REST_SCALE
    // 0 or more: the whole number below, as the machine has it
    return (place + rest * ((places[cell + 1] as number) - place)) | 0
  }
}
