/** Sets of whole numbers, or of instants, as ranges that do not touch: [from, to). */

interface Range {
  readonly from: number
  readonly to: number
}

export class Ranges {
  /** In order. */
  #ranges: Range[] = []

  /** How many there are. */
  get count(): number {
    return this.#ranges.length
  }
  /** What they are in all, and the longest one. */
  get size(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from, 0)
  }
  get longest(): number {
    return this.#ranges.reduce((most, { from, to }) => Math.max(most, to - from), 0)
  }

  /** Adds a range; answers how much of it was there already. */
  add(from: number, to: number): number {
    if (to <= from) return 0
    let overlap = 0
    let [start, end] = [from, to]
    const apart: Range[] = []
    for (const range of this.#ranges) {
      if (range.to < from || range.from > to) apart.push(range)
      else {
        overlap += Math.min(range.to, to) - Math.max(range.from, from)
        start = Math.min(start, range.from)
        end = Math.max(end, range.to)
      }
    }
    this.#ranges = [...apart, { from: start, to: end }].sort((a, b) => a.from - b.from)
    return overlap
  }

  copy(): Ranges {
    const other = new Ranges()
    other.#ranges = [...this.#ranges]
    return other
  }

  /** The longest stretch in [from, to) that is in none of them. */
  longestGap(from: number, to: number): number {
    let most = 0
    let at = from
    for (const range of this.#ranges) {
      most = Math.max(most, Math.min(range.from, to) - at)
      at = Math.max(at, range.to)
    }
    return Math.max(most, to - at)
  }
}
