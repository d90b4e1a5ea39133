/**
 * What presets take. They are checked without a schema library: every worker resolves `extends` for itself, and would load
 * the library first, which takes 100 ms.
 */
import { durationInUs, type Schema, sizeInBytes } from '../core/plugin.ts'

/** An option: what it takes in words, its default as a user would write it, and what it is. */
export interface PresetOption<T> {
  readonly takes: string
  readonly default: T
  readonly about: string
  /** undefined: it is not taken. */
  readonly read: (value: unknown) => T | undefined
}
type PresetOptions = Readonly<Record<string, PresetOption<unknown>>>
type Values<O extends PresetOptions> = {
  readonly [Name in keyof O]: O[Name] extends PresetOption<infer T> ? T : never
}

/** The fields of a preset that has these options. */
export function taking<O extends PresetOptions>(
  options: O,
): {
  readonly schema: Schema<Partial<Values<O>>, Values<O>>
  readonly takes: Readonly<Record<string, string>>
} {
  const entries = Object.entries(options)
  const takes = entries.map(([name, { about, default: value }]) => [
    name,
    `${about}; ${String(value)} by default`,
  ])
  const validate = (given: unknown) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return { issues: [{ message: `an object with ${Object.keys(options).join(', ')}` }] }
    const written = given as Readonly<Record<string, unknown>>
    const odd = Object.keys(written).filter(name => !Object.hasOwn(options, name))
    const issues = odd.map(name => ({
      path: [name],
      message: `is no option: it takes ${Object.keys(options).join(', ')}`,
    }))
    const values = entries.map(([name, option]) => {
      const value = written[name] ?? option.default
      const read = option.read(value)
      if (read === undefined) issues.push({ path: [name], message: `has to be ${option.takes}` })
      return [name, read]
    })
    return issues.length > 0 ? { issues } : { value: Object.fromEntries(values) as Values<O> }
  }
  return {
    schema: { '~standard': { version: 1, vendor: 'kafka-loadtest', validate } },
    takes: Object.fromEntries(takes) as Record<string, string>,
  }
}

/** The objective that a preset is judged by. */
export function objective(fallback: string): PresetOption<number | string> {
  return duration(fallback, "bound of the response time's 99th percentile")
}
export function duration(
  fallback: number | string,
  about: string,
  least = '1us',
): PresetOption<number | string> {
  return {
    takes: `a duration from ${least} to 1h, such as '20s' or 2 (seconds)`,
    default: fallback,
    about,
    read: value => {
      const us = durationInUs(value)
      return us !== undefined && within(us, Number(durationInUs(least)), 3600e6)
        ? (value as number | string)
        : undefined
    },
  }
}
export function size(fallback: number | string, about: string): PresetOption<number | string> {
  return {
    takes: "a size from 1B to 64GiB, such as '256MiB' or 2e8 (bytes)",
    default: fallback,
    about,
    read: value => {
      const bytes = sizeInBytes(value)
      return bytes !== undefined && within(bytes, 1, 2 ** 36) ? (value as number | string) : undefined
    },
  }
}
export function whole(low: number, high: number, fallback: number, about: string): PresetOption<number> {
  return {
    takes: `a whole number from ${low} to ${high}`,
    default: fallback,
    about,
    read: value => (Number.isInteger(value) && within(value, low, high) ? (value as number) : undefined),
  }
}
export function number(low: number, high: number, fallback: number, about: string): PresetOption<number> {
  return {
    takes: `a number from ${low} to ${high}`,
    default: fallback,
    about,
    read: value => (within(value, low, high) ? (value as number) : undefined),
  }
}
function within(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high
}

/** A threshold: a plain number is seconds, as in every option. */
export function below(limit: number | string): string {
  return `< ${typeof limit === 'number' ? `${limit}s` : limit}`
}

/** What any load has to keep to, at whatever scale: every record reached the broker, and none was given up. */
export const NOTHING_LOST = {
  'failed.count': '== 0',
  'unknown.count': '== 0',
  'dropped.count': '== 0',
} as const
