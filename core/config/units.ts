/** Numbers with units, as users write them. A plain number is seconds, bytes or records/s. */
import type { Rate } from './types.ts'

const US: Record<string, number> = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 }
const SI = { k: 1e3, M: 1e6, G: 1e9 }
const BYTES: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }
for (const [prefix, factor] of Object.entries({ ...SI, K: 1e3 })) BYTES[`${prefix}B`] = factor

/** A number and what follows it; NaN for anything else, '1m30x' and '' among it. */
function split(value: unknown): [number, string] {
  if (typeof value === 'number') return [value, '']
  const match = typeof value === 'string' && /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\d\s].*?)?\s*$/.exec(value)
  return match ? [Number(match[1]), match[2] ?? ''] : [Number.NaN, '']
}
function scaled(value: unknown, units: Record<string, number>, plain: number): number | undefined {
  const [n, unit] = split(value)
  const factor = unit === '' ? plain : Object.hasOwn(units, unit) ? units[unit] : undefined
  return factor === undefined || !Number.isFinite(n) || n < 0 ? undefined : n * factor
}

/** '500ms', '1.5s', '2m' or seconds → µs, rounded. undefined: no duration. */
export function durationInUs(value: unknown): number | undefined {
  const us = scaled(value, US, 1e6)
  return us === undefined ? undefined : Math.round(us)
}
/** '8KiB' (1,024), '8kB' (1,000), '100B' or bytes → bytes. undefined: no whole number of bytes. */
export function sizeInBytes(value: unknown): number | undefined {
  const bytes = scaled(value, BYTES, 1)
  return bytes !== undefined && Number.isSafeInteger(bytes) ? bytes : undefined
}
/** '50k/s', '999.5/s', '80 MB/s' or records/s → a rate in records/s or bytes/s. undefined: no rate. */
export function rateOf(value: unknown): Rate | undefined {
  const text = typeof value === 'string' ? value.trim().replace(/\s*\/\s*s$/, '') : value
  const records = scaled(text, SI, 1)
  if (records !== undefined) return { rate: records, unit: 'records' }
  const bytes = scaled(text, BYTES, 1)
  return bytes === undefined ? undefined : { rate: bytes, unit: 'bytes' }
}
