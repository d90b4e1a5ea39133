/** What a stream's traffic was like, on one line: of keys, sizes and partitions those that are not as they are without a plugin. */
import { bytes, count, printable } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Traffic {
  readonly keys: {
    readonly nulls: number
    readonly distinctAtLeast: number
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

/**
 * '' for records without a key, of one size, without headers: nobody asked for anything of the kind. Of what is too much for
 * the width the last goes first.
 * @param imbalanced a plugin decides on partitions
 */
export function trafficLine(section: unknown, imbalanced: boolean, width: number): string {
  const traffic = section as Traffic | undefined
  if (traffic?.keys === undefined || traffic.sizes === undefined || traffic.headers === undefined) return ''
  const names = Object.keys(traffic.headers.names)
  const parts = [
    keysOf(traffic.keys),
    sizesOf(traffic.sizes),
    imbalanced ? partitionsOf(traffic.partitions ?? []) : '',
    names.length > 0 ? `headers ${names.map(printable).join(', ')}` : '',
  ].filter(part => part !== '')
  while (parts.length > 1 && parts.join(' · ').length > width) parts.pop()
  return parts.join(' · ').slice(0, width)
}

function keysOf({ nulls, distinctAtLeast, distinctInSample, top }: Traffic['keys']): string {
  if (nulls === 1) return ''
  const [first, second] = top
  // a few keys that are all alike have no top
  const told =
    first === undefined
      ? ''
      : `, top ${[first, ...(second ? [second] : [])].map(k => share(k.share)).join(' ')}`
  const atLeast = distinctAtLeast === distinctInSample ? '' : '≥'
  return `${atLeast}${count(distinctAtLeast)} key${distinctAtLeast === 1 ? '' : 's'}${told}${nulls > 0 ? `, none ${share(nulls)}` : ''}`
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
