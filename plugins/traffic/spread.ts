/** Sizes in buckets: exact below 1,024 bytes, then 512 buckets for each doubling, to 0.2 %. */

/** Up to 2^30 bytes, the most that a record may have. */
const BUCKETS = 512 * 23

/** Cloneable. */
export interface SpreadPart {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly buckets: Uint32Array
}

function bucketOf(size: number): number {
  if (size < 1024) return size
  const shift = 22 - Math.clz32(size)
  return 512 * shift + (size >>> shift)
}
function lowestOf(bucket: number): number {
  if (bucket < 1024) return bucket
  const shift = Math.floor(bucket / 512) - 1
  return (bucket - 512 * shift) * 2 ** shift
}

export class Spread {
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0
  readonly #buckets = new Uint32Array(BUCKETS)

  add(size: number): void {
    this.#count++
    this.#sum += size
    if (size < this.#min) this.#min = size
    if (size > this.#max) this.#max = size
    const bucket = bucketOf(size)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
  }
  part(): SpreadPart {
    // the buckets are copied on the way to main
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max, buckets: this.#buckets }
  }
}

export function mergeSpread(x: SpreadPart, y: SpreadPart): SpreadPart {
  return {
    count: x.count + y.count,
    sum: x.sum + y.sum,
    min: Math.min(x.min, y.min),
    max: Math.max(x.max, y.max),
    buckets: x.buckets.map((n, i) => n + (y.buckets[i] as number)),
  }
}

/** Lowest size of the bucket in which the quantile is. */
export function quantile({ count, min, buckets }: SpreadPart, q: number): number {
  let left = Math.max(1, Math.ceil(q * count))
  for (const [bucket, n] of buckets.entries()) {
    left -= n
    if (left <= 0) return Math.max(min, lowestOf(bucket))
  }
  return min
}
