/** What a stream's traffic was like, on one line: of keys, sizes and partitions those that are not as they are without a plugin. */
import { bytes, count, printable } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Traffic {
  readonly sampled: number
  readonly keys: {
    readonly nulls: number
    readonly distinctInSample: number
    readonly top: readonly { readonly share: number }[]
  }
  readonly sizes: {
    readonly tombstones: number
    readonly min?: number
    readonly p50?: number
    readonly p99?: number
    readonly max?: number
  }
  readonly headers: { readonly names: Readonly<Record<string, number>> }
  readonly partitions?: readonly number[]
}

/** Records of a key that make its share good to a fifth: a standard error of √n. */
const CERTAIN = 25

/**
 * '' for records without a key, of one size, without headers: nobody asked for anything of the kind. Of what is too much for
 * the width the second key's share goes first, then what is last.
 * @param imbalanced a plugin decides on partitions
 */
export function trafficLine(section: unknown, imbalanced: boolean, width: number): string {
  const traffic = section as Traffic | undefined
  if (traffic?.keys === undefined || traffic.sizes === undefined || traffic.headers === undefined) return ''
  const names = Object.keys(traffic.headers.names)
  const rest = [
    sizesOf(traffic.sizes),
    imbalanced ? partitionsOf(traffic.partitions ?? []) : '',
    names.length > 0 ? `headers ${names.map(printable).join(', ')}` : '',
  ]
  for (let shown = rest.length; shown >= 0; shown--)
    for (const tops of [2, 1]) {
      const parts = [keysOf(traffic.keys, traffic.sampled, tops), ...rest.slice(0, shown)]
      const line = parts.filter(part => part !== '').join(' · ')
      if (line.length <= width || (shown === 0 && tops === 1)) return line.slice(0, width)
    }
  return ''
}

/** What was seen, and of how many records: what is not certain is in the result alone. */
function keysOf({ nulls, distinctInSample, top }: Traffic['keys'], sampled: number, tops: number): string {
  if (nulls === 1) return ''
  // a few keys that are all alike have no top, nor have those that chance alone may have put there
  const certain = top.slice(0, tops).filter(key => key.share * sampled >= CERTAIN)
  const told = certain.length > 0 ? `, top ${certain.map(key => share(key.share)).join(' ')}` : ''
  const keys = `${count(distinctInSample)} key${distinctInSample === 1 ? '' : 's'} in ${count(sampled)}`
  return `${keys}${told}${nulls > 0 ? `, none ${share(nulls)}` : ''}`
}
function sizesOf({ tombstones, min, p50, p99, max }: Traffic['sizes']): string {
  const none = tombstones > 0 ? `${share(tombstones)} tombstones` : ''
  if (min === max || p50 === undefined || p99 === undefined) return none
  return `value p50 ${bytes(p50)}, p99 ${bytes(p99)}${none && `, ${none}`}`
}
function partitionsOf(shares: readonly number[]): string {
  return shares.length > 1 ? `partitions ${share(Math.min(...shares))} to ${share(Math.max(...shares))}` : ''
}

/** 0.093 · 0.00043 */
function share(n: number): string {
  return n >= 0.01 ? n.toFixed(3) : String(Number(n.toPrecision(2)))
}
