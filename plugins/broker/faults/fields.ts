/** Reading what was written into a rule: each reader notes what is wrong and goes on, so that all faults are told at once. */
import { closest, distance } from 'fastest-levenshtein'
import { durationInUs, type Fault } from '../../../core/plugin.ts'
import { MAX_MS } from './delay.ts'

export type Plain = Readonly<Record<string, unknown>>
export type Fail = (fault: Fault) => void

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names that fit into a message. */
const FEW = 30

/** The name that was probably meant, else all there are, or the nearest of many. */
function hintFor(value: unknown, names: readonly string[]): string {
  const given = String(value)
  const near = names.find(name => given !== '' && name.startsWith(given)) ?? closest(given, names)
  const meant = near.startsWith(given) || distance(given, near) <= Math.max(1, given.length / 2.5)
  if (meant && given !== '') return `did you mean ${near}?`
  return names.length <= FEW ? `known: ${names.join(', ')}` : `the nearest is ${near}`
}

/** One object: its path, what stands in it, and where to tell what is wrong. */
export class FieldReader {
  readonly path: string
  readonly #given: Plain
  readonly #fail: Fail

  /** Tells of keys that are not among `keys`. */
  constructor(given: Plain, path: string, keys: readonly string[], fail: Fail) {
    this.path = path
    this.#given = given
    this.#fail = fail
    for (const [key, value] of Object.entries(given)) {
      if (!keys.includes(key)) this.fail(key, value, 'a known key', hintFor(key, keys))
    }
  }

  /** The path of a key, of the object itself for ''. */
  at(key: string): string {
    return [this.path, key].filter(part => part !== '').join('.')
  }

  has(key: string): boolean {
    return this.#given[key] !== undefined
  }

  /** Whether there is nothing in it, not even what is wrong. */
  get empty(): boolean {
    return Object.keys(this.#given).length === 0
  }

  get(key: string): unknown {
    return this.#given[key]
  }

  fail(key: string, value: unknown, expected: string, hint?: string): undefined {
    this.#fail({ path: this.at(key), value, expected, ...(hint === undefined ? {} : { hint }) })
  }

  #read<T>(key: string, expected: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.#given[key]
    if (value === undefined) return undefined
    return read(value) ?? this.fail(key, value, expected)
  }

  text(key: string): string | undefined {
    return this.#read(key, 'a text', value => (typeof value === 'string' && value !== '' ? value : undefined))
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, 'true or false', value => (typeof value === 'boolean' ? value : undefined))
  }

  whole(key: string, min: number, max: number, what = 'a whole number'): number | undefined {
    return this.#read(key, `${what} from ${min} to ${max}`, value =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? (value as number)
        : undefined,
    )
  }

  number(key: string, above: number, max: number): number | undefined {
    return this.#read(key, `a number above ${above}, at most ${max}`, value =>
      typeof value === 'number' && value > above && value <= max ? value : undefined,
    )
  }

  /** In ms. */
  duration(key: string): number | undefined {
    return this.#read(key, 'a duration such as "250ms" or "2s", or seconds; at most 24h', value => {
      const us = durationInUs(value)
      return us === undefined || us > MAX_MS * 1000 ? undefined : us / 1000
    })
  }

  /** A duration that must be there. */
  needed(key: string): number | undefined {
    if (this.has(key)) return this.duration(key)
    return this.fail(key, undefined, 'a duration such as "250ms", it is missing')
  }

  name<N extends string>(key: string, names: readonly N[], what: string): N | undefined {
    const value = this.#given[key]
    if (value === undefined || names.includes(value as N)) return value as N | undefined
    return this.fail(key, value, what, hintFor(value, names))
  }

  /** A reader of the object below `key`; undefined where there is none. */
  inside(key: string, keys: readonly string[]): FieldReader | undefined {
    const value = this.#given[key]
    if (isPlain(value)) return new FieldReader(value, this.at(key), keys, this.#fail)
    return undefined
  }

  /** As `inside`; `true` is an empty object, anything else is wrong. */
  options(key: string, keys: readonly string[]): FieldReader | undefined {
    const value = this.#given[key] === true ? {} : this.#given[key]
    if (isPlain(value)) return new FieldReader(value, this.at(key), keys, this.#fail)
    const expected = keys.length === 0 ? 'true' : `true, or an object with ${keys.join(', ')}`
    return this.fail(key, value, expected)
  }
}
