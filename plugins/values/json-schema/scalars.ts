/** Numbers and texts within the bounds of a schema. */
import { DAY_MS, type Draws } from '../registry/draws.ts'
import type { Node } from './merge.ts'

/** How far from its one bound a number is drawn, or from 0 without any. */
const SPAN = 10_000

export function numberOf(node: Node, draws: Draws, whole: boolean): number {
  const step = node.multipleOf ?? (whole ? 1 : undefined)
  const above = Math.max(
    node.minimum ?? Number.NEGATIVE_INFINITY,
    node.exclusiveMinimum ?? Number.NEGATIVE_INFINITY,
  )
  const below = Math.min(
    node.maximum ?? Number.POSITIVE_INFINITY,
    node.exclusiveMaximum ?? Number.POSITIVE_INFINITY,
  )
  const low = Number.isFinite(above) ? above : Number.isFinite(below) ? Math.min(0, below - SPAN) : 0
  const high = Number.isFinite(below) ? below : Math.max(low, 0) + SPAN
  if (step === undefined) {
    // not on a bound, which may be excluded, unless there is nothing else
    const between = low + (high - low) * (0.001 + 0.998 * draws.fraction())
    const short = Math.round(between * 100) / 100
    return short > low && short < high ? short : between
  }
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)]
  const from = first * step === node.exclusiveMinimum ? first + 1 : first
  const to = last * step === node.exclusiveMaximum ? last - 1 : last
  const n = to > from ? draws.between(from, to) : from
  // 0.1 × 3 is no multiple of 0.1 for a computer: as many decimals as the step has
  const decimals = String(step).split('.')[1]?.length ?? 0
  return Number((n * step).toFixed(Math.min(decimals, 20)))
}

export function textOf(node: Node, draws: Draws): string {
  const formatted = node.format === undefined ? undefined : formats[node.format]?.(draws)
  if (formatted !== undefined) return formatted
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = node
  const phrase = draws.phrase()
  if (phrase.length >= minLength && phrase.length <= maxLength) return phrase
  if (phrase.length > maxLength) return phrase.slice(0, maxLength)
  return draws.text(draws.between(minLength, Math.min(maxLength, minLength + 16)))
}

const host = (d: Draws) => `${d.word()}-${d.digits(3)}.example.com`.toLowerCase()
const iso = (d: Draws) => new Date(d.time()).toISOString()
const byte = (d: Draws) => String(d.between(1, 254))

const formats: Readonly<Record<string, (draws: Draws) => string>> = {
  'date-time': iso,
  date: d => iso(d).slice(0, 10),
  time: d => new Date(d.between(0, DAY_MS - 1)).toISOString().slice(11),
  duration: d => `PT${d.digits(4)}S`,
  email: d => `${d.word()}.${d.word()}@${host(d)}`.toLowerCase(),
  hostname: host,
  ipv4: d => [10, byte(d), byte(d), byte(d)].join('.'),
  ipv6: d => `2001:db8::${d.between(0, 0xffff).toString(16)}:${d.between(0, 0xffff).toString(16)}`,
  uri: d => `https://${host(d)}/${d.word()}`,
  'uri-reference': d => `/${d.word()}/${d.word()}`,
  uuid: d => d.uuid(),
  'json-pointer': d => `/${d.word()}`,
  byte: d => d.bytes(d.between(1, 24)).toString('base64'),
}
