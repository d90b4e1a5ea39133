/** A text that a regular expression matches, by chance: what patterns of schemas are made of, and no look-around. */
import { Expected } from '../expected.ts'
import type { Draws } from '../registry/draws.ts'
import type { Node } from './merge.ts'

/** How often something is repeated where the pattern says "any number". */
const MANY = 8
const TRIES = 50
const PRINTABLE = range(' ', '~')
const CLASSES: Readonly<Record<string, string>> = {
  d: range('0', '9'),
  w: `${range('a', 'z')}${range('A', 'Z')}${range('0', '9')}_`,
  s: ' ',
  D: range('a', 'z'),
  W: '-.,:;',
  S: range('a', 'z'),
}

/** Within minLength and maxLength of the schema, if a few tries come to it. @throws Expected: the pattern is not understood */
export function matching(
  pattern: string,
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Node,
  draws: Draws,
): string {
  let text = ''
  for (let i = 0; i < TRIES; i++) {
    const reader = new Reader(pattern, draws)
    text = reader.alternatives()
    if (!reader.done) throw reader.foreign()
    if (text.length >= minLength && text.length <= maxLength) break
  }
  return text
}

/** Reads the pattern and writes what matches in one go; what is not chosen is read all the same. */
class Reader {
  readonly #pattern: string
  readonly #draws: Draws
  #at = 0
  constructor(pattern: string, draws: Draws) {
    this.#pattern = pattern
    this.#draws = draws
  }
  get done(): boolean {
    return this.#at === this.#pattern.length
  }
  foreign(): Expected {
    return new Expected(
      `patterns without look-around and back-references, not ${this.#pattern}: give documents or a template`,
    )
  }

  alternatives(): string {
    const all = [this.#sequence()]
    while (this.#take('|')) all.push(this.#sequence())
    return this.#draws.pick(all)
  }

  #sequence(): string {
    let text = ''
    while (!this.done && !'|)'.includes(this.#peek())) text += this.#repeated()
    return text
  }

  /** What stands at this place is read again for each repetition, so that each is another one. */
  #repeated(): string {
    const start = this.#at
    const first = this.#atom()
    const [low, high] = this.#times()
    const end = this.#at
    const count = this.#draws.between(low, high)
    let text = count > 0 ? first : ''
    for (let i = 1; i < count; i++) {
      this.#at = start
      text += this.#atom()
    }
    this.#at = end
    return text
  }

  #times(): [low: number, high: number] {
    const rest = this.#pattern.slice(this.#at)
    const [all = '', sign = '', low = '', comma = '', high = ''] =
      /^(?:([?*+])|\{(\d+)(,?)(\d*)\})\??/.exec(rest) ?? []
    this.#at += all.length
    if (all === '') return [1, 1]
    if (sign !== '') return [sign === '+' ? 1 : 0, sign === '?' ? 1 : MANY]
    if (comma === '') return [Number(low), Number(low)]
    return [Number(low), high === '' ? Number(low) + MANY : Number(high)]
  }

  #atom(): string {
    const c = this.#next()
    if (c === '^' || c === '$') return ''
    if (c === '.') return this.#draws.pick([...PRINTABLE])
    if (c === '(') return this.#group()
    if (c === '[') return this.#draws.pick([...this.#set()])
    if (c === '\\') return this.#draws.pick([...this.#escaped()])
    if (c === '' || '*+?{'.includes(c)) throw this.foreign()
    return c
  }

  #group(): string {
    if (this.#take('?')) {
      const named = /^(:|<[A-Za-z]\w*>)/.exec(this.#pattern.slice(this.#at))?.[0]
      if (named === undefined) throw this.foreign()
      this.#at += named.length
    }
    const text = this.alternatives()
    if (!this.#take(')')) throw this.foreign()
    return text
  }

  /** The characters of [a-z0-9], or all printable ones but those of [^…]. */
  #set(): string {
    const not = this.#take('^')
    let all = ''
    while (!this.#take(']')) {
      if (this.done) throw this.foreign()
      const from = this.#member()
      const ranged = from.length === 1 && this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']'
      if (ranged) this.#at++
      all += ranged ? range(from, this.#member()) : from
    }
    const chosen = not ? [...PRINTABLE].filter(c => !all.includes(c)).join('') : all
    if (chosen === '') throw this.foreign()
    return chosen
  }
  #member(): string {
    const c = this.#next()
    return c === '\\' ? this.#escaped() : c
  }

  /** The characters that one may be. */
  #escaped(): string {
    const c = this.#next()
    const hex = /^(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(c + this.#pattern.slice(this.#at))
    if (hex) {
      this.#at += hex[0].length - 1
      return String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16))
    }
    if (Object.hasOwn(CLASSES, c)) return CLASSES[c] as string
    const control = { n: '\n', r: '\r', t: '\t' }[c]
    if (control !== undefined) return control
    if (/[A-Za-z0-9]/.test(c) || c === '') throw this.foreign()
    return c
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }
  #next(): string {
    return this.#pattern[this.#at++] ?? ''
  }
  #take(c: string): boolean {
    if (this.#peek() !== c) return false
    this.#at++
    return true
  }
}

function range(from: string, to: string): string {
  let all = ''
  for (let c = from.charCodeAt(0); c <= to.charCodeAt(0); c++) all += String.fromCharCode(c)
  return all
}
