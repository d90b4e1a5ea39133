/** Reads options out of what was written: unknown keys, wrong values, all of them at once. */
import { closest, distance } from 'fastest-levenshtein'
import type { Fail } from '../errors.ts'
import { options as all, type Option } from './options.ts'
import { at, isPlain, laid, nested, type Plain } from './plain.ts'

/** 'did you mean …?' for what was probably meant, with what goes before it. */
export function suggest(name: string, known: Iterable<string>, prefix = ''): string | undefined {
  const near = closest(name, [...known])
  // two letters the other way round are one mistake
  const letters = (text: string) => [...text].sort().join('')
  const edits = near === undefined || letters(near) === letters(name) ? 1 : distance(name, near)
  return near !== undefined && edits <= Math.max(1, name.length / 3)
    ? `did you mean ${prefix}${near}?`
    : undefined
}

/** Keys that are no option, with the one that was probably meant. `keys`: allowed besides the options. */
export function unknownKeys(
  raw: Plain,
  options: readonly Option[],
  keys: readonly string[],
  fail: Fail,
  prefix = '',
): void {
  const inner = options.filter(o => o.path.startsWith(prefix)).map(o => o.path.slice(prefix.length))
  const names = [...new Set([...inner.map(path => path.split('.')[0] as string), ...keys])]
  for (const [key, value] of Object.entries(raw)) {
    const path = prefix + key
    if (inner.includes(key) || keys.includes(key)) continue
    if (!names.includes(key)) {
      const known = `known here: ${names.join(', ')}`
      fail(path, value, 'a known option', meant(key) ?? suggest(key, names, prefix) ?? known)
    } else if (isPlain(value)) unknownKeys(value, options, [], fail, `${path}.`)
    // null unsets what the top level says of it
    else if (value !== null) {
      const within = inner.filter(p => p.startsWith(`${key}.`)).map(p => p.slice(key.length + 1))
      fail(path, value, `an object with ${within.join(', ')}`)
    }
  }
}
function meant(key: string): string | undefined {
  const path = all.find(o => o.path.split('.').at(-1) === key)?.path
  if (all.some(o => o.path.split('.')[0] === key))
    return `${key} is for the whole run: write it on the top level`
  return path && `did you mean ${path}?`
}

/** Every option's value in the engine's units, as a tree of their fields. */
export function readOptions(raw: Plain, options: readonly Option[], fail: Fail): Plain {
  let fields: Plain = {}
  for (const { path, kind, default: fallback, field } of options) {
    const value = at(raw, path) ?? fallback
    if (value === undefined) continue
    let inner = 0
    const read = kind.read(value, (key, found, expected) => {
      inner++
      fail(key === '' ? path : `${path}.${key}`, found, expected)
    })
    if (inner > 0) continue
    if (read === undefined) fail(path, value, kind.expected)
    fields = laid(fields, nested(field.split('.'), read))
  }
  return fields
}
