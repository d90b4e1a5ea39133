/** Plain objects as configurations are made of, and dotted paths into them. */

export type Plain = Record<string, unknown>

export function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const proto: unknown = Object.getPrototypeOf(value)
  // a configuration may come from another realm, where Object is another one
  return proto === null || Object.getPrototypeOf(proto) === null
}

export function at(value: unknown, path: string): unknown {
  let here = value
  for (const key of path.split('.')) {
    if (!isPlain(here) && !Array.isArray(here)) return undefined
    here = Object.hasOwn(here, key) ? (here as Plain)[key] : undefined
  }
  return here
}

/** { a: { b: value } } for a, b. */
export function nested([first = '', ...rest]: readonly string[], value: unknown): Plain {
  return { [first]: rest.length === 0 ? value : nested(rest, value) }
}

/** Lays `over` upon `under`: objects merge, all else replaces, null unsets, or stays where `keep` says so. `set` hears of each leaf. */
export function laid(
  under: Plain,
  over: Plain,
  set: (path: string) => void = () => undefined,
  keep: (path: string) => boolean = () => false,
  path = '',
): Plain {
  const merged = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const here = path === '' ? key : `${path}.${key}`
    const below = merged[key]
    if (value === undefined) continue
    if (value === null && !keep(here)) delete merged[key]
    else if (isPlain(value)) merged[key] = laid(isPlain(below) ? below : {}, value, set, keep, here)
    else merged[key] = value
    set(here)
  }
  return merged
}

const FUNCTION = '<function>'

const SECRET = /password|passphrase|pwd|secret|token|api_?key|private_?key|credential|authorization/i

/** Whether what has this name is not to be shown. */
export function isSecret(key: string): boolean {
  return SECRET.test(key)
}

/** A copy for comparing and showing: a function is its place, a secret is '***' with all that is in it. */
export function outline(value: unknown, mask: boolean, key = ''): unknown {
  if (typeof value === 'function') return FUNCTION
  if (mask && value != null && isSecret(key)) return '***'
  if (Array.isArray(value)) return value.map((v, i) => outline(v, mask, String(i)))
  if (!isPlain(value)) return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value
  // streams and plugins have names of their own choice, which say nothing of what is in them
  const named = key === 'streams' || key === 'plugins'
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, outline(v, mask, named && isPlain(v) ? '' : k)]),
  )
}

/** The opposite of `outline`: functions from the same places of `own`, all data from `value`. */
export function grafted(value: unknown, own: unknown, path: string): unknown {
  if (value === FUNCTION) {
    if (typeof own === 'function' || own === FUNCTION) return own
    throw new TypeError(`${path} is a function that the plugin's schema made: it cannot go to other threads`)
  }
  if (Array.isArray(value)) return value.map((v, i) => grafted(v, (own as unknown[])?.[i], `${path}.${i}`))
  if (!isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, grafted(v, (own as Plain)?.[k], `${path}.${k}`)]),
  )
}
