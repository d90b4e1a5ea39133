/** Reads options out of what was written: unknown keys, wrong values, all of them at once. */
import { closest, distance } from 'fastest-levenshtein'
import type { Fault } from '../errors.ts'
import type { Option } from './options.ts'
import { at, isPlain, type Plain } from './plain.ts'

/** 'did you mean …?' for what was probably meant. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  const near = closest(name, [...known])
  return near !== undefined && distance(name, near) <= Math.max(2, name.length / 3)
    ? `did you mean ${near}?`
    : undefined
}

/** Keys that are no option, with the one that was probably meant. `keys`: allowed besides the options. */
export function unknownKeys(
  raw: Plain,
  options: readonly Option[],
  keys: readonly string[],
  fail: (fault: Fault) => void,
  prefix = '',
): void {
  const inner = options.filter(o => o.path.startsWith(prefix)).map(o => o.path.slice(prefix.length))
  const names = [...new Set([...inner.map(path => path.split('.')[0] as string), ...keys])]
  for (const [key, value] of Object.entries(raw)) {
    const path = prefix + key
    if (inner.includes(key) || keys.includes(key)) continue
    if (!names.includes(key)) {
      const elsewhere = options.find(o => o.path.split('.').at(-1) === key)
      const hint =
        suggest(key, names) ??
        (elsewhere ? `did you mean ${elsewhere.path}?` : `known here: ${names.join(', ')}`)
      fail({ path, value, expected: 'a known option', hint })
    } else if (isPlain(value)) unknownKeys(value, options, [], fail, `${path}.`)
    else
      fail({
        path,
        value,
        expected: `an object with ${inner
          .filter(p => p.startsWith(`${key}.`))
          .map(p => p.slice(key.length + 1))
          .join(', ')}`,
      })
  }
}

/** Every option's value in the engine's units, by its path. */
export function readOptions(
  raw: Plain,
  options: readonly Option[],
  fail: (fault: Fault) => void,
): (path: string) => unknown {
  const values = new Map<string, unknown>()
  for (const { path, kind, default: fallback } of options) {
    const written = at(raw, path)
    const value = written === undefined ? fallback : written
    if (value === undefined) continue
    const read = kind.read(value)
    if (read === undefined) fail({ path, value, expected: kind.expected })
    values.set(path, read)
  }
  return path => values.get(path)
}
