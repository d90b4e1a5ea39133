/** Ranges of sizes, as users write them. */
import { sizeInBytes } from '../../core/plugin.ts'

/** Of a value, as of the option `size`. */
export const LARGEST = '64MiB'
const LARGEST_BYTES = sizeInBytes(LARGEST) as number

/** In bytes, both included. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** '1KiB', '1KiB-4KiB' or bytes. undefined: no range, or one beyond LARGEST. */
export function rangeOf(value: number | string): Range | undefined {
  const ends = typeof value === 'number' ? [value] : value.split('-')
  const [low, high = low] = ends.map(sizeInBytes)
  if (ends.length > 2 || low === undefined || high === undefined) return undefined
  return low <= high && high <= LARGEST_BYTES ? { low, high } : undefined
}
