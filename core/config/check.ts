/** Reads options out of what was written: unknown keys, wrong values, all of them at once. */
import { closest, distance } from 'fastest-levenshtein'
import type { Fault } from '../errors.ts'
import { options as all, type Option } from './options.ts'
import { at, isPlain, laid, nested, type Plain } from './plain.ts'

/** 'did you mean …?' for what was probably meant, with what goes before it. */
export function suggest(name: string, known: Iterable<string>, prefix = ''): string | undefined {
  const near = closest(name, [...known])
  return near !== undefined && distance(name, near) <= Math.max(1, name.length / 3)
    ? `did you mean ${prefix}${near}?`
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
      const elsewhere = all.find(o => o.path.split('.').at(-1) === key)?.path
      const hint =
        elsewhere === key
          ? `${key} is for the whole run: write it on the top level`
          : elsewhere
            ? `did you mean ${elsewhere}?`
            : (suggest(key, names, prefix) ?? `known here: ${names.join(', ')}`)
      fail({ path, value, expected: 'a known option', hint })
    } else if (isPlain(value)) unknownKeys(value, options, [], fail, `${path}.`)
    // null unsets what the top level says of it
    else if (value !== null)
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

/** Every option's value in the engine's units, as a tree of their fields. */
export function readOptions(raw: Plain, options: readonly Option[], fail: (fault: Fault) => void): Plain {
  let fields: Plain = {}
  for (const { path, kind, default: fallback, field } of options) {
    const value = at(raw, path) ?? fallback
    if (value === undefined) continue
    const read = kind.read(value)
    fields = laid(fields, nested(field.split('.'), read))
    if (read !== undefined) continue
    const faults = kind.inside?.(value) ?? []
    for (const [key, found, expected] of faults) fail({ path: `${path}.${key}`, value: found, expected })
    if (faults.length === 0) fail({ path, value, expected: kind.expected })
  }
  return fields
}
