/** Sizes of a sample's values: figures, and a histogram whose columns grow by a factor. */
import { changes, meanOf, partsOf } from './over-time.ts'
import type { Sample } from './sample.ts'

/** So many different sizes are listed one by one. */
const LISTED = 12
/** Bytes: a narrower column would show which numbers are whole. */
const NARROWEST = 4
/** Sizes lie close together where the largest has so many times the mean at most. */
const CLOSE = 4
/** Fewer records of a part of the time would show chance. */
const IN_PART = 20

export interface SizesPlan {
  /** Bytes a record, tombstones among them. */
  readonly mean: number
  readonly tombstones: number
  /** Of the values that are none: bytes. */
  readonly min: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Where there are few: each with its share of all records. */
  readonly each: readonly { readonly size: number; readonly share: number }[]
  readonly histogram: readonly SizeColumn[]
  /** Mean of each equal part of the run; empty: it does not change. */
  readonly overTime: readonly number[]
}
/** Sizes from `from` on, up to the next column's. Columns are as wide as each other, or wider by a factor. */
export interface SizeColumn {
  readonly from: number
  readonly share: number
}

export function sizesOf(sample: Sample, endUs: number, width: number, most: number): SizesPlan {
  const { count, size } = sample
  const values = size
    .subarray(0, count)
    .filter(bytes => bytes >= 0)
    .sort()
  const quantile = (q: number) => values[Math.max(0, Math.ceil(q * values.length) - 1)] ?? 0
  const sum = values.reduce((all, bytes) => all + bytes, 0)
  const mean = count === 0 ? 0 : sum / count
  const each = eachOf(values, count)
  const parts = partsOf(sample, endUs, Math.max(1, Math.min(most, Math.floor(count / IN_PART))), row =>
    Math.max(0, size[row] as number),
  )
  return {
    mean,
    tombstones: count === 0 ? 0 : (count - values.length) / count,
    min: values[0] ?? 0,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: values.at(-1) ?? 0,
    each: each ?? [],
    histogram: each ? [] : histogram(values, count, edgesOf(values, mean, width)),
    overTime: changes(parts) ? parts.map(meanOf) : [],
  }
}

/** Equal steps for sizes that lie close together, otherwise equal factors. */
function edgesOf(sorted: Int32Array, mean: number, width: number): number[] {
  const [least, most] = [sorted[0] as number, (sorted.at(-1) as number) + 1]
  const low = Math.max(1, least)
  const level = most <= CLOSE * mean
  const edge = (i: number) =>
    level ? least + ((most - least) * i) / width : low * (most / low) ** (i / width)
  return Array.from({ length: width + 1 }, (_, i) => (i === width ? most : edge(i)))
}

function eachOf(sorted: Int32Array, count: number): SizesPlan['each'] | undefined {
  const found: { size: number; records: number }[] = []
  for (const size of sorted) {
    const last = found.at(-1)
    if (last?.size === size) last.records++
    else if (found.length === LISTED) return undefined
    else found.push({ size, records: 1 })
  }
  return found.map(({ size, records }) => ({ size, share: records / count }))
}

/**
 * Narrow columns share a density with their neighbours, and each is as high as if it held as many whole numbers as it is wide.
 */
function histogram(sorted: Int32Array, count: number, edges: readonly number[]): SizeColumn[] {
  const edge = (i: number) => edges[i] as number
  const width = edges.length - 1
  const columns: SizeColumn[] = []
  for (let first = 0, from = 0; first < width; ) {
    let end = first + 1
    while (end < width && Math.ceil(edge(end)) - Math.ceil(edge(first)) < NARROWEST) end++
    let to = from
    while (to < sorted.length && ((sorted[to] as number) < edge(end) || end === width)) to++
    const whole = Math.max(1, Math.ceil(edge(end)) - Math.ceil(edge(first)))
    const density = (to - from) / count / whole
    for (; first < end; first++)
      columns.push({ from: edge(first), share: density * (edge(first + 1) - edge(first)) })
    from = to
  }
  return columns
}
