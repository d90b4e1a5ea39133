/** The section `traffic` of a stream's result. */
import { distinctEstimate, distinctInSample } from './distinct.ts'
import { mostFrequent } from './frequent.ts'
import { EVERY } from './sampled.ts'
import { quantile } from './spread.ts'
import type { TrafficPart } from './totals.ts'

/** Keys that are told. */
const TOP = 10

/** Of the measured phase. Shares are from 0 to 1, sizes in bytes. */
export interface TrafficSection {
  /** Records that were looked at: 1 of 64 that drivers were handed. All below but `partitions` is of these. */
  readonly sampled: number
  readonly keys: {
    /** Share of records without a key. */
    readonly nulls: number
    /** Keys in the sample: exact up to 8,192, beyond that to about 1 %. */
    readonly distinctInSample: number
    /** Keys in all records, estimated from those that came once and twice: too small where many hardly ever come. */
    readonly distinctEstimate: number
    /** The most frequent ones, with their share of all records that were looked at. */
    readonly top: readonly { readonly key: string; readonly share: number }[]
    /** What a share may be too large by, besides the chance of the sample; 0 while it has at most 768 keys. */
    readonly topError: number
  }
  readonly sizes: {
    /** Share of records without a value. */
    readonly tombstones: number
    /** Of values; absent where there was none. */
    readonly min?: number
    readonly mean?: number
    readonly p50?: number
    readonly p90?: number
    readonly p99?: number
    readonly max?: number
  }
  readonly headers: {
    /** Headers of a record, without the engine's stamp. */
    readonly mean: number
    /** Share of the records that have it, by name; the first 32 names. */
    readonly names: Readonly<Record<string, number>>
  }
  /** Share of all acked records, by partition; absent where nothing was acked. */
  readonly partitions?: readonly number[]
}

/** undefined: nothing was looked at. @param partitions of the topic, as far as it is known. */
export function trafficSection(part: TrafficPart, partitions: number): TrafficSection | undefined {
  const { sampled, distinct, frequent, sizes, headers } = part
  if (sampled === 0) return undefined
  const share = (n: number, of = sampled) => Number((n / of).toPrecision(6))
  const acked = part.partitions.reduce((a, b) => a + b, 0)
  const highest = part.partitions.findLastIndex(n => n > 0)
  const names = headers.names.map((name, i) => [name, share(headers.records[i] as number)] as const)
  return {
    sampled,
    keys: {
      nulls: share(part.nulls),
      distinctInSample: distinctInSample(distinct),
      distinctEstimate: distinctEstimate(distinct, EVERY),
      top: mostFrequent(frequent, TOP).map(({ key, records }) => ({ key, share: share(records) })),
      topError: share(frequent.taken),
    },
    sizes: {
      tombstones: share(part.tombstones),
      ...(sizes.count > 0 && {
        min: sizes.min,
        mean: Number((sizes.sum / sizes.count).toFixed(1)),
        p50: quantile(sizes, 0.5),
        p90: quantile(sizes, 0.9),
        p99: quantile(sizes, 0.99),
        max: sizes.max,
      }),
    },
    headers: { mean: share(headers.count), names: Object.fromEntries(names) },
    ...(acked > 0 && {
      partitions: Array.from({ length: Math.max(partitions, highest + 1) }, (_, i) =>
        share(part.partitions[i] ?? 0, acked),
      ),
    }),
  }
}
