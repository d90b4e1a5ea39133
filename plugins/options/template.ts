/** Texts with ranges of numbers in them, 'tenant-{0..99}': read once, then written again and again without making anything. */
import { PooledBytes } from './pooled-bytes.ts'

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

/**
 * The template, or what was expected instead. `{{` and `}}` are braces of the text.
 * @param noun what the texts are, in the words of a fault: 'key'
 */
export function parseTemplate(written: string, noun: string): Template | { readonly expected: string } {
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
        return { expected: `pairs of braces; a brace of the ${noun} itself is written ${token}${token}` }
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
  if (total > 2 ** 53) return { expected: `at most 2^53 different ${noun}s` }
  return { parts, total }
}

/** Writes the n-th text of a template, the last range changing first. The bytes are good until the next one is written. */
export function templateWriter({ parts }: Template): (nth: number) => Uint8Array {
  // no Buffers: where keys of files are written too, arrays of two classes would cost 8 ns a record
  const encoder = new TextEncoder()
  const pieces = parts.map(part => ({ ...part, bytes: encoder.encode(part.text) }))
  const longest = pieces.map(({ bytes, from, size, width }) =>
    size === 0 ? bytes.length : Math.max(width, String(from + size - 1).length),
  )
  const pool = new PooledBytes(longest.reduce((sum, length) => sum + length, 0))
  return nth => {
    pool.begin()
    let rest = nth
    for (let i = pieces.length - 1; i >= 0; i--) {
      const { bytes, from, size, width } = pieces[i] as (typeof pieces)[number]
      if (size === 0) pool.prepend(bytes, 0, bytes.length)
      else {
        // what is left fits into this range, as always at the first of them: no division, 4 ns
        const next = rest < size ? 0 : Math.floor(rest / size)
        pool.prependDigits(from + rest - next * size, width)
        rest = next
      }
    }
    return pool.written()
  }
}
