/** What a thread has seen of a stream's traffic in the measured phase. */
import type { Acks, Draft } from '../../core/plugin.ts'
import { KeyBytes } from '../options/key-bytes.ts'
import { murmur2 } from '../protocol/murmur2.ts'
import { DistinctKeys, type DistinctPart } from './distinct.ts'
import { FrequentKeys, type FrequentPart, mergeFrequent } from './frequent.ts'
import { HeaderNames, type HeaderPart, mergeHeaders } from './header-names.ts'
import { mergeSpread, Spread, type SpreadPart } from './spread.ts'

/** Cloneable: what goes to main. */
export interface TrafficPart {
  /** Records in the sample, and those of them without a key, and without a value. */
  readonly sampled: number
  readonly nulls: number
  readonly tombstones: number
  readonly distinct: DistinctPart
  readonly frequent: FrequentPart
  readonly sizes: SpreadPart
  readonly headers: HeaderPart
  /** Acked records by partition: all of them. */
  readonly partitions: Float64Array
}

export class TrafficTotals {
  readonly #from: number
  readonly #key = new KeyBytes()
  readonly #distinct = new DistinctKeys()
  readonly #frequent = new FrequentKeys()
  readonly #sizes = new Spread()
  readonly #headers = new HeaderNames()
  #partitions = new Float64Array(16)
  #sampled = 0
  #nulls = 0
  #tombstones = 0

  /** @param from µs since t0: the start of the measured phase. */
  constructor(from: number) {
    this.#from = from
  }

  /** A record of the sample, on its way to the driver. */
  record({ scheduledAt, key, size, headers }: Draft): void {
    if (scheduledAt < this.#from) return
    this.#sampled++
    if (key === null) this.#nulls++
    else {
      this.#key.read(key)
      const { bytes, start, length } = this.#key
      // keys with one hash count as one: of 8,192 keys not one in a hundred runs
      const hash = murmur2(bytes, start, length) >>> 0
      this.#distinct.add(hash)
      this.#frequent.add(hash, this.#key)
    }
    if (size < 0) this.#tombstones++
    else this.#sizes.add(size)
    if (headers.count > 0) this.#headers.add(headers)
  }

  acked({ state, partition, count, scheduledAt }: Acks): void {
    if (state !== 'acked') return
    // a batch is in the order of the schedule: most are of one phase
    let records = count
    if ((scheduledAt[0] as number) < this.#from)
      for (let i = 0; i < count && (scheduledAt[i] as number) < this.#from; i++) records--
    if (records === 0) return
    if (partition >= this.#partitions.length) {
      const more = new Float64Array(2 * partition)
      more.set(this.#partitions)
      this.#partitions = more
    }
    this.#partitions[partition] = (this.#partitions[partition] as number) + records
  }

  part(): TrafficPart {
    return {
      sampled: this.#sampled,
      nulls: this.#nulls,
      tombstones: this.#tombstones,
      distinct: this.#distinct.part(),
      frequent: this.#frequent.part(),
      sizes: this.#sizes.part(),
      headers: this.#headers.part(),
      partitions: this.#partitions,
    }
  }
}

export function mergeTraffic(x: TrafficPart, y: TrafficPart): TrafficPart {
  const distinct = new DistinctKeys()
  distinct.absorb(x.distinct)
  distinct.absorb(y.distinct)
  const [short, long] = [x.partitions, y.partitions].sort((a, b) => a.length - b.length) as [
    Float64Array,
    Float64Array,
  ]
  return {
    sampled: x.sampled + y.sampled,
    nulls: x.nulls + y.nulls,
    tombstones: x.tombstones + y.tombstones,
    distinct: distinct.part(),
    frequent: mergeFrequent(x.frequent, y.frequent),
    sizes: mergeSpread(x.sizes, y.sizes),
    headers: mergeHeaders(x.headers, y.headers),
    partitions: long.map((n, i) => n + (short[i] ?? 0)),
  }
}
