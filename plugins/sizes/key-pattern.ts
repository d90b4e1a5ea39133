/** Which keys: one, all that begin alike, or a range of numbers, as users write them. */

export const PATTERN = "a key ('vip'), a beginning ('user-*') or a range ('user-{0..99}', '{0..99}')"

export interface KeyPattern {
  /** All of the key, or what it begins with. */
  readonly text: string
  readonly kind: 'key' | 'beginning' | 'range'
  /** Of a range: the numbers that may follow the text to the key's end, both included. */
  readonly from: number
  readonly to: number
}

/** undefined: no pattern. */
export function keyPattern(written: string): KeyPattern | undefined {
  if (written === '') return undefined
  const nothing = { from: 0, to: 0 }
  const range = /^(.*)\{(\d{1,16})\.\.(\d{1,16})\}$/s.exec(written)
  if (range !== null) {
    const [text = '', from, to] = [range[1], Number(range[2]), Number(range[3])]
    return from <= to && Number.isSafeInteger(to) && plain(text)
      ? { text, kind: 'range', from, to }
      : undefined
  }
  const beginning = /^(.*)\*$/s.exec(written)?.[1]
  const text = beginning ?? written
  if (!plain(text)) return undefined
  return beginning === undefined ? { text, kind: 'key', ...nothing } : { text, kind: 'beginning', ...nothing }
}

/** A star or a brace elsewhere is a pattern that we do not have. */
function plain(text: string): boolean {
  return !/[*{}]/.test(text)
}
