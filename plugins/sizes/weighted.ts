/** Sizes of which some are drawn more often than others. */
import type { Random } from '../../core/plugin.ts'
import { aliasTable } from '../options/alias.ts'
import type { Range } from './range.ts'

/** A number that is small to the machine: larger ones are made anew when they are handed on. */
const WORD = 2 ** 30

export interface Weighted extends Range {
  readonly weight: number
}

/** Draws a size with what comes next from `random`, after its `seek`. */
export function weightedDraw(ranges: readonly Weighted[], random: Random): () => number {
  const { keep, other } = aliasTable(ranges.map(r => r.weight))
  const low = Int32Array.from(ranges, r => r.low)
  const span = Int32Array.from(ranges, r => r.high - r.low + 1)
  const scale = ranges.length / WORD
  return () => {
    // for some thousand ranges 30 bits are enough both for the place and for what is within: half of what 53 bits take
    const place = random.int(WORD) * scale
    const cell = place | 0
    const i = place - cell < (keep[cell] as number) ? cell : (other[cell] as number)
    const width = span[i] as number
    return width === 1 ? (low[i] as number) : (low[i] as number) + random.int(width)
  }
}
