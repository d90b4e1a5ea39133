/** A template of keys, read: 'user-{0..9999}' is a text and a range. */

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
  /** Different keys: at most 2^53. */
  readonly total: number
}

const TOKENS = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g

/** The template, or what was expected instead. `{{` and `}}` are braces of the key. */
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
        return { expected: `pairs of braces; a brace of the key itself is written ${token}${token}` }
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
  if (total > 2 ** 53) return { expected: 'at most 2^53 different keys' }
  return { parts, total }
}
