/**
 * Finds the class of a key among patterns: a key of its own before a range, a range before a beginning, the longer beginning
 * before the shorter. The key's bytes are followed along a tree of the patterns, as far as they agree: it makes nothing on the way.
 */
import type { KeyBytes } from '../options/key-bytes.ts'
import type { KeyPattern } from './key-pattern.ts'
import { type Branch, type Range, treeOf } from './key-tree.ts'

const NONE = -1
const [ZERO, NINE] = [48, 57]

/** Of each branch, side by side: a column for each would take twice as long. Branches are known by where theirs begin. */
const FIELDS = 9
/** Where its label is in `#labels`, and the label's first byte. */
const [FROM, TO, FIRST] = [0, 1, 2]
/** The branches that follow it, in the order of their first bytes. */
const [CHILDREN, CHILDREN_END] = [3, 4]
/** The pattern that is all of it, and the longest that it begins with. */
const [KEY, BEGINNING] = [5, 6]
/** Ranges of numbers that follow it, and the digits of the largest one; 0: there is none. */
const [RANGES, DIGITS] = [7, 8]

export class KeyClasses {
  readonly #labels: Uint8Array
  readonly #branches: Int32Array
  readonly #ranges: readonly Ranges[]
  /** Whether the digits of a number may agree with a text. */
  readonly #digits: boolean

  /** The class of a key is the place of its pattern in the list. */
  constructor(patterns: readonly KeyPattern[]) {
    const branches = treeOf(patterns)
    const places = new Map(branches.map((b, i) => [b, i * FIELDS]))
    const ranges: Ranges[] = []
    const beginnings = new Map<Branch, number>()
    let at = 0
    const fields = branches.flatMap(branch => {
      const { label, children, key, ranges: own } = branch
      const beginning = branch.beginning !== NONE ? branch.beginning : (beginnings.get(branch) ?? NONE)
      for (const child of children) beginnings.set(child, beginning)
      const [from, to] = [at, at + label.length]
      at = to
      const start = children[0] ? (places.get(children[0]) as number) : 0
      const end = start + children.length * FIELDS
      const digits = String(own.reduce((most, range) => Math.max(most, range.to), 0)).length
      const numbers = own.length > 0 ? [ranges.push(rangesOf(own)) - 1, digits] : [NONE, 0]
      return [from, to, label[0] ?? 0, start, end, key, beginning, ...numbers]
    })
    this.#labels = Buffer.concat(branches.map(b => b.label))
    this.#branches = Int32Array.from(fields)
    this.#ranges = ranges
    this.#digits = branches[0]?.children.some(b => isDigit(b.label[0] as number)) ?? false
  }

  /** Answers -1 for a key of none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const labels = this.#labels
    const branches = this.#branches
    let at = start
    let branch = 0
    let range = NONE
    for (;;) {
      const digits = branches[branch + DIGITS] as number
      // with zeros before them numbers have more digits than the largest
      if (digits > 0 && at < end && (end - at <= digits || bytes[at] === ZERO)) {
        const found = rangeAt(this.#ranges[branches[branch + RANGES] as number] as Ranges, bytes, at, end)
        if (found !== NONE) range = found
      }
      if (at === end) {
        const own = branches[branch + KEY] as number
        if (own !== NONE) return own
        break
      }
      const child = childOf(branches, branch, bytes[at] as number)
      if (child === NONE) break
      const to = branches[child + TO] as number
      // its first byte is compared already
      let i = (branches[child + FROM] as number) + 1
      at++
      if (end - at < to - i) break
      while (i < to && labels[i] === bytes[at]) {
        i++
        at++
      }
      if (i < to) break
      branch = child
    }
    return range !== NONE ? range : (branches[branch + BEGINNING] as number)
  }
  /** The same for a key that is a number from 0 on. @param scratch for its digits, if they have to be looked at */
  findNumber(key: number, scratch: KeyBytes): number {
    if (this.#digits) {
      scratch.read(key)
      return this.find(scratch.bytes, scratch.start, scratch.start + scratch.length)
    }
    // its digits agree with no text but the empty one
    const ranges = this.#branches[RANGES] as number
    const found = ranges === NONE ? NONE : inRanges(this.#ranges[ranges] as Ranges, key)
    return found === NONE ? (this.#branches[BEGINNING] as number) : found
  }
}

function childOf(branches: Int32Array, branch: number, byte: number): number {
  let low = branches[branch + CHILDREN] as number
  let high = branches[branch + CHILDREN_END] as number
  while (high - low > 4 * FIELDS) {
    const middle = low + (((high - low) / FIELDS) >>> 1) * FIELDS
    if ((branches[middle + FIRST] as number) <= byte) low = middle
    else high = middle
  }
  for (; low < high; low += FIELDS) if (branches[low + FIRST] === byte) return low
  return NONE
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
function inRanges({ from, to, classes }: Ranges, n: number): number {
  let low = 0
  let high = from.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((from[middle] as number) <= n) low = middle + 1
    else high = middle
  }
  return low > 0 && n <= (to[low - 1] as number) ? (classes[low - 1] as number) : NONE
}
/** The range of the number that the rest of a key is written as, with leading zeros or without. */
function rangeAt(ranges: Ranges, bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 16) return NONE
  let n = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (!isDigit(byte)) return NONE
    n = 10 * n + byte - ZERO
  }
  return inRanges(ranges, n)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
