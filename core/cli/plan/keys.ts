/** Which keys a sample has: how many, how they share the records, and how that changes. */
import { shownBytes } from './figures.ts'
import { meanOf, partsOf } from './over-time.ts'
import type { Sample } from './sample.ts'

const LISTED = 8
/** Fewer records of a key say little of its share, and fewer of a step of numbers little of theirs. */
const TELLING = 20
const IN_STEP = 100
/** Share of the records: of a key that is frequent. */
const FREQUENT = 0.01

export interface KeysPlan {
  /** Share of records without a key. */
  readonly keyless: number
  readonly distinct: number
  /** The most frequent keys, with their shares of all records; none where no key stands out. */
  readonly top: readonly KeyShare[]
  /** Share of the most frequent key. */
  readonly highest: number
  /** So many of the most frequent keys have half of the keyed records; absent where the sample is too small to tell. */
  readonly half?: number
  /** Of keys that are numbers, where none is frequent: shares of equal steps from the least to the greatest. */
  readonly numbers?: { readonly least: number; readonly greatest: number; readonly shares: readonly number[] }
}
export interface KeyShare {
  readonly key: string
  readonly share: number
  /** Of the records in each equal part of the run. */
  readonly overTime: readonly number[]
}

/** @param most parts of the run's time; and steps of numbers. */
export function keysOf(sample: Sample, endUs: number, most: number, steps: number): KeysPlan {
  const { count, key, keys } = sample
  const counts = new Int32Array(keys.length)
  let keyless = 0
  for (let i = 0; i < count; i++) {
    const id = key[i] as number
    if (id < 0) keyless++
    else counts[id] = (counts[id] as number) + 1
  }
  const order = [...counts.keys()].sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
  const [first] = order
  const highest = first === undefined ? 0 : (counts[first] as number)
  const telling = order.slice(0, LISTED).filter(id => (counts[id] as number) >= TELLING)
  const numbers =
    keys.length > LISTED && highest < count * FREQUENT && keys.length < count - keyless
      ? numbersOf(keys, counts, steps)
      : undefined
  const listed = numbers ? [] : keys.length <= LISTED ? order : telling
  const parts = Math.max(1, Math.min(most, Math.floor(highest / TELLING)))
  const half = halfOf(order, counts, count - keyless)
  return {
    keyless: count === 0 ? 0 : keyless / count,
    distinct: keys.length,
    highest: count === 0 ? 0 : highest / count,
    top: listed.map(id => ({
      key: shownBytes(Buffer.from(keys[id] as string, 'latin1'), 40),
      share: (counts[id] as number) / count,
      overTime: partsOf(sample, endUs, parts, row => key[row] === id).map(meanOf),
    })),
    ...(half !== undefined && { half }),
    ...(numbers && { numbers }),
  }
}

function numbersOf(keys: readonly string[], counts: Int32Array, most: number): KeysPlan['numbers'] {
  if (!keys.every(key => /^\d{1,15}$/.test(key))) return undefined
  const values = keys.map(Number)
  const [least, greatest] = values.reduce(([a, b], n) => [Math.min(a, n), Math.max(b, n)], [Infinity, 0])
  const all = counts.reduce((sum, n) => sum + n, 0)
  const width = greatest - least + 1
  const steps = Math.max(1, Math.min(most, width, Math.floor(all / IN_STEP)))
  const shares = new Array<number>(steps).fill(0)
  for (const [id, n] of values.entries()) {
    const step = Math.floor(((n - least) / width) * steps)
    shares[step] = (shares[step] as number) + (counts[id] as number) / all
  }
  return { least, greatest, shares }
}

function halfOf(order: readonly number[], counts: Int32Array, keyed: number): number | undefined {
  let sum = 0
  for (const [place, id] of order.entries()) {
    const n = counts[id] as number
    if (n < TELLING) return undefined
    sum += n
    if (2 * sum >= keyed) return place + 1
  }
  return undefined
}
