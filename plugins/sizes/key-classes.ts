/**
 * Finds the class of a key among patterns: a key of its own before a range, a range before a beginning, the longer beginning
 * before the shorter. The key's bytes are followed along a tree of the patterns, as far as they agree: it makes nothing on the way.
 */
import type { Key } from '../../core/plugin.ts'
import type { KeyBytes } from '../options/key-bytes.ts'
import type { KeyPattern } from './key-pattern.ts'
import { type Branch, type Range, treeOf } from './key-tree.ts'

const NONE = -1
const NOT_ASCII = -2
const ASCII = 0x80
const NO_BYTES = new Uint8Array(0)
const [ZERO, NINE] = [48, 57]

export class KeyClasses {
  /** By branch: where its label is in `#labels`, and which branches follow it, by their first byte. */
  readonly #labels: Uint8Array
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #first: Uint8Array
  readonly #children: Int32Array
  readonly #childrenEnd: Int32Array
  /** By branch: what ends with its label. */
  readonly #keys: Int32Array
  readonly #beginnings: Int32Array
  readonly #ranges: readonly (Ranges | undefined)[]
  /** Whether the digits of a number key may agree with a text. */
  readonly #digits: boolean

  /** The class of a key is the place of its pattern in the list. */
  constructor(patterns: readonly KeyPattern[]) {
    const branches = treeOf(patterns)
    this.#labels = Buffer.concat(branches.map(b => b.label))
    const ends = Int32Array.from(branches, b => b.label.length)
    for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] as number) + (ends[i - 1] as number)
    this.#to = ends
    this.#from = ends.map((end, i) => end - (branches[i] as Branch).label.length)
    this.#first = Uint8Array.from(branches, b => b.label[0] ?? 0)
    const places = new Map(branches.map((b, i) => [b, i]))
    this.#children = Int32Array.from(branches, b =>
      b.children[0] ? (places.get(b.children[0]) as number) : 0,
    )
    this.#childrenEnd = this.#children.map((start, i) => start + (branches[i] as Branch).children.length)
    this.#keys = Int32Array.from(branches, b => b.key)
    this.#beginnings = Int32Array.from(branches, b => b.beginning)
    this.#ranges = branches.map(b => (b.ranges.length > 0 ? rangesOf(b.ranges) : undefined))
    this.#digits = branches[0]?.children.some(b => isDigit(b.label[0] as number)) ?? false
  }

  /** Answers -1 for a key of none. @param scratch for keys that have to be written as bytes first */
  find(key: Key, scratch: KeyBytes): number {
    if (typeof key === 'number' && key >= 0 && !this.#digits) {
      // its digits agree with no text but the empty one
      const found = inRanges(this.#ranges[0], key)
      return found === NONE ? (this.#beginnings[0] as number) : found
    }
    if (typeof key === 'string') {
      // not by way of the bytes: most keys differ from all patterns early
      const found = this.#walk(key, NO_BYTES, 0, key.length)
      if (found !== NOT_ASCII) return found
    }
    scratch.read(key)
    const { bytes, start, length } = scratch
    return this.#walk(undefined, bytes, start, start + length)
  }

  #walk(text: string | undefined, bytes: Uint8Array, start: number, end: number): number {
    const labels = this.#labels
    let at = start
    let branch = 0
    let beginning = NONE
    let range = NONE
    for (;;) {
      const here = this.#beginnings[branch] as number
      if (here !== NONE) beginning = here
      const ranges = this.#ranges[branch]
      if (ranges !== undefined) {
        const n = numberIn(text, bytes, at, end)
        const found = n < 0 ? NONE : inRanges(ranges, n)
        if (found !== NONE) range = found
      }
      if (at === end) {
        const own = this.#keys[branch] as number
        return own !== NONE ? own : range !== NONE ? range : beginning
      }
      const first = byteAt(text, bytes, at)
      if (first >= ASCII && text !== undefined) return NOT_ASCII
      branch = this.#child(branch, first)
      if (branch === NONE) break
      const to = this.#to[branch] as number
      let i = (this.#from[branch] as number) + 1
      at++
      while (i < to && at < end) {
        const byte = byteAt(text, bytes, at)
        if (labels[i] !== byte) {
          if (byte >= ASCII && text !== undefined) return NOT_ASCII
          break
        }
        i++
        at++
      }
      if (i < to) break
    }
    return range !== NONE ? range : beginning
  }

  /** Children are in the order of their first bytes. */
  #child(branch: number, byte: number): number {
    let low = this.#children[branch] as number
    let high = this.#childrenEnd[branch] as number
    while (high - low > 4) {
      const middle = (low + high) >>> 1
      if ((this.#first[middle] as number) <= byte) low = middle
      else high = middle
    }
    for (; low < high; low++) if (this.#first[low] === byte) return low
    return NONE
  }
}

interface Ranges {
  readonly from: Float64Array
  readonly to: Float64Array
  readonly classes: Int32Array
}
function rangesOf(ranges: readonly Range[]): Ranges {
  const sorted = [...ranges].sort((a, b) => a.from - b.from)
  return {
    from: Float64Array.from(sorted, r => r.from),
    to: Float64Array.from(sorted, r => r.to),
    classes: Int32Array.from(sorted, r => r.index),
  }
}
/** They share no number. */
function inRanges(ranges: Ranges | undefined, n: number): number {
  if (ranges === undefined) return NONE
  const { from, to, classes } = ranges
  let low = 0
  let high = from.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((from[middle] as number) <= n) low = middle + 1
    else high = middle
  }
  return low > 0 && n <= (to[low - 1] as number) ? (classes[low - 1] as number) : NONE
}

function byteAt(text: string | undefined, bytes: Uint8Array, at: number): number {
  return text === undefined ? (bytes[at] as number) : text.charCodeAt(at)
}
function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
/** The number that the rest of a key is written as, with leading zeros or without; -1: it is none. */
function numberIn(text: string | undefined, bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 16) return -1
  let n = 0
  for (let i = start; i < end; i++) {
    const byte = byteAt(text, bytes, i)
    if (!isDigit(byte)) return -1
    n = 10 * n + byte - ZERO
  }
  return n
}
