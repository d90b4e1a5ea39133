/** Texts with ranges of numbers in them, 'tenant-{0..99}': read once, then written again and again without making anything. */

/** A text, or where `size` is above 0 a range of as many whole numbers. */
export interface TemplatePart {
  readonly text: string
  /** First number of the range. */
  readonly from: number
  readonly size: number
  /** Digits that are written at least, with leading zeros. */
  readonly width: number
}
export interface Template {
  readonly parts: readonly TemplatePart[]
  /** Different texts: at most 2^53. */
  readonly total: number
}

const TOKENS = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g

/** The template, or what was expected instead. `{{` and `}}` are braces of the text. */
export function parseTemplate(written: string): Template | { readonly expected: string } {
  const parts: TemplatePart[] = []
  let text = ''
  let total = 1
  const flush = () => {
    if (text !== '') parts.push({ text, from: 0, size: 0, width: 0 })
    text = ''
  }
  for (const [token, range] of written.matchAll(TOKENS)) {
    if (range === undefined) {
      if (token === '{' || token === '}')
        return { expected: `pairs of braces; a brace of the text itself is written ${token}${token}` }
      text += token === '{{' || token === '}}' ? token.slice(1) : token
      continue
    }
    const [, first = '', last = ''] = /^(\d+)\.\.(\d+)$/.exec(range) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (first === '') return { expected: `a range such as {0..9999} or {0000..9999}, not ${token}` }
    if (!Number.isSafeInteger(to) || from > to)
      return { expected: `the first number of ${token} up to the last, and the last below 2^53` }
    const padded = [first, last].some(digits => digits.length > 1 && digits.startsWith('0'))
    if (padded && first.length !== last.length)
      return { expected: `as many digits at both ends of ${token}, since there are leading zeros` }
    flush()
    const size = to - from + 1
    parts.push({ text: '', from, size, width: padded ? first.length : 0 })
    total *= size
  }
  flush()
  if (!parts.some(part => part.size > 0)) return { expected: 'a range in it, such as user-{0..9999}' }
  if (total > 2 ** 53) return { expected: 'at most 2^53 different texts' }
  return { parts, total }
}

/** Writes the n-th text of a template, the last range changing first. The bytes are good until the next one is written. */
export function templateWriter({ parts }: Template): (nth: number) => Uint8Array {
  const texts = parts.map(({ text }) => Buffer.from(text))
  const lengths = parts.map(({ text, from, size, width }) =>
    size === 0 ? Buffer.byteLength(text) : Math.max(width, String(from + size - 1).length),
  )
  const bytes = new PooledBytes(lengths.reduce((sum, length) => sum + length, 0))
  return nth => {
    bytes.begin()
    let rest = nth
    for (let i = parts.length - 1; i >= 0; i--) {
      const { from, size, width } = parts[i] as TemplatePart
      if (size === 0) bytes.prepend(texts[i] as Buffer)
      else {
        const next = Math.floor(rest / size)
        bytes.prependDigits(from + rest - next * size, width)
        rest = next
      }
    }
    return bytes.written()
  }
}

/**
 * Where texts of many lengths are written one after the other, backwards: each ends where the buffer ends, and there is one view
 * for each length, made when it is first needed.
 */
export class PooledBytes {
  readonly #bytes: Uint8Array
  readonly #views: (Uint8Array | undefined)[]
  #start: number

  constructor(longest: number) {
    this.#bytes = new Uint8Array(longest)
    this.#views = Array.from({ length: longest + 1 })
    this.#start = longest
  }

  begin(): void {
    this.#start = this.#bytes.length
  }
  prepend(from: Uint8Array): void {
    const bytes = this.#bytes
    let at = this.#start
    for (let i = from.length; i > 0; ) bytes[--at] = from[--i] as number
    this.#start = at
  }
  /** A whole number, with leading zeros up to `width` digits. */
  prependDigits(value: number, width = 0): void {
    const bytes = this.#bytes
    const end = this.#start
    let at = end
    // what fits 31 bits is divided without fractions, in a third of the time
    let rest = value
    while (rest > 0x7fff_ffff) {
      const next = Math.floor(rest / 10)
      bytes[--at] = 48 + (rest - 10 * next)
      rest = next
    }
    let small = rest | 0
    do {
      const next = (small / 10) | 0
      bytes[--at] = 48 + (small - 10 * next)
      small = next
    } while (small > 0)
    for (const start = end - width; at > start; ) bytes[--at] = 48
    this.#start = at
  }
  /** What is written since `begin`. */
  written(): Uint8Array {
    return (this.#views[this.#start] ??= this.#bytes.subarray(this.#start))
  }
}
