/** How far a group is behind, partition by partition, over time. */

/** Numbers in a series: rows times partitions. Above that neighbours are merged, and the larger lag stays. */
const CELLS = 100_000
const ROWS = 3600

interface Row {
  /** Seconds since t0 at its end. */
  readonly second: number
  readonly records: number
  readonly partitions: readonly number[]
}
interface GroupLagResult {
  readonly group: string
  readonly records: number
  readonly max: number
  readonly partitions: readonly {
    readonly partition: number
    readonly records: number
    readonly max: number
  }[]
  readonly series: readonly Row[]
}

export class GroupLag {
  /** Next offset to read, as last told by whoever had the partition; undefined: nobody had it yet. */
  readonly #positions: (number | undefined)[] = []
  /** Where it was first told to be. */
  readonly #firsts: number[] = []
  readonly #most: number[] = []
  #series: Row[] = []
  #max = 0
  #now: number[] = []

  /** What nobody has had yet is read from its beginning, which is 0; false: from wherever its end is by then. */
  readonly #whole: boolean

  constructor(whole: boolean) {
    this.#whole = whole
  }

  get records(): number {
    return this.#now.reduce((a, b) => a + b, 0)
  }
  /** Offsets that it has passed since it was first told where it is, in all. */
  get passed(): number {
    return this.#positions.reduce<number>((sum, at, i) => sum + (at ?? 0) - (this.#firsts[i] ?? 0), 0)
  }

  /** @param positions of all its members. @param ends of all partitions, read after them. */
  add(
    second: number,
    positions: readonly { readonly partition: number; readonly offset: number }[],
    ends: readonly number[],
  ): void {
    const told: number[] = []
    // one that was given up may still be somebody else's too, for a moment
    for (const { partition, offset } of positions) told[partition] = Math.max(told[partition] ?? 0, offset)
    for (const [partition, offset] of told.entries())
      if (offset !== undefined) {
        this.#positions[partition] = offset
        this.#firsts[partition] ??= this.#whole ? 0 : offset
      }
    this.#now = ends.map((end, partition) => {
      return Math.max(0, end - (this.#positions[partition] ?? (this.#whole ? 0 : end)))
    })
    for (const [partition, lag] of this.#now.entries())
      this.#most[partition] = Math.max(this.#most[partition] ?? 0, lag)
    const { records } = this
    this.#max = Math.max(this.#max, records)
    // the last look of a run may fall into a second that has its row
    const row = { second, records, partitions: this.#now }
    if (this.#series.at(-1)?.second === second) this.#series.splice(-1, 1, row)
    else this.#series.push(row)
    const rows = Math.max(60, Math.min(ROWS, Math.floor(CELLS / Math.max(1, ends.length))))
    if (this.#series.length > rows) this.#series = halved(this.#series)
  }

  result(group: string): GroupLagResult {
    const partitions = this.#now.map((records, partition) => {
      return { partition, records, max: this.#most[partition] ?? 0 }
    })
    return { group, records: this.records, max: this.#max, partitions, series: this.#series }
  }
}

function halved(rows: readonly Row[]): Row[] {
  const half: Row[] = []
  for (let i = 0; i < rows.length; i += 2) {
    const [a, b = a] = [rows[i] as Row, rows[i + 1]]
    const partitions = b.partitions.map((lag, p) => Math.max(lag, a.partitions[p] ?? 0))
    half.push({ second: b.second, records: Math.max(a.records, b.records), partitions })
  }
  return half
}
