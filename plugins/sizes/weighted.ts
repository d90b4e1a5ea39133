/** Sizes of which some are drawn more often than others. */
import type { Random } from '../../core/plugin.ts'
import { aliasTable } from '../options/alias.ts'
import type { Range } from './range.ts'

const BITS = 30
/** A number that is small to the machine: larger ones are made anew when they are handed on. */
const WORD = 0x4000_0000

export interface Weighted extends Range {
  readonly weight: number
}

/** Which of the ranges is drawn when chance answers a word of 30 bits. */
export function weightedChoice(ranges: readonly Weighted[]): (word: number) => number {
  // as many cells as a power of two: place and rest are bits of one word. For some thousand ranges 30 are enough
  const bits = Math.ceil(Math.log2(ranges.length))
  const weights = Float64Array.from({ length: 1 << bits }, (_, i) => ranges[i]?.weight ?? 0)
  const { keep, other } = aliasTable(weights)
  const shift = BITS - bits
  const mask = (1 << shift) - 1
  const last = Int32Array.from(keep, share => Math.round(share * (mask + 1)) - 1)
  const toOther = Int32Array.from(other, (place, i) => place - i)
  return word => {
    const cell = word >>> shift
    // without a branch: it would be guessed wrong every other time, which takes as long as the draw
    return cell + ((((last[cell] as number) - (word & mask)) >> 31) & (toOther[cell] as number))
  }
}

/** Draws a size with what comes next from `random`, after its `seek`. */
export function weightedDraw(ranges: readonly Weighted[], random: Random): () => number {
  const choose = weightedChoice(ranges)
  const low = Int32Array.from(ranges, r => r.low)
  const span = Int32Array.from(ranges, r => r.high - r.low + 1)
  return () => {
    const i = choose(random.int(WORD))
    return (low[i] as number) + random.int(span[i] as number)
  }
}
