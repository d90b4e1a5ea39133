/** The n-th record of a corpus, from the block that holds it. */
import type { Random } from '../../../core/plugin.ts'
import { Block, OpenFile } from './block.ts'
import { blocksOf, type Corpus, firstOf } from './index-of-blocks.ts'
import type { Split } from './split.ts'

export interface ReaderOptions {
  readonly corpus: Corpus
  readonly split: Split
  /** Bytes up to which the whole of the corpus stays in memory. */
  readonly memory: number
  /** The order of blocks, and of records within a block; undefined: as they are. */
  readonly shuffle: Random | undefined
  /** Told of each block that was read, with the µs it took. */
  readonly onRead: (us: number) => void
}

export class Reader {
  /** The block of the record that was asked for last, and where in it the record is. */
  block: Block
  start = 0
  length = 0
  readonly #o: ReaderOptions
  readonly #files = new OpenFile()
  /** By number, where all stay in memory. */
  readonly #kept: Block[] | undefined
  /** Blocks in the order they are read in, and the number of the first record of each in that order. */
  readonly #order: Uint32Array
  readonly #firsts: Float64Array
  #place = 0

  constructor(options: ReaderOptions) {
    const { corpus, memory, shuffle } = options
    const blocks = blocksOf(corpus)
    this.#o = options
    this.#kept = corpus.bytes <= memory ? Array.from({ length: blocks }, () => new Block()) : undefined
    this.block = this.#kept?.[0] ?? new Block()
    this.#order = Uint32Array.from({ length: blocks }, (_, i) => i)
    if (shuffle) shuffled(this.#order, shuffle)
    this.#firsts = new Float64Array(blocks + 1)
    for (let p = 0; p < blocks; p++) {
      const number = this.#order[p] as number
      const count = firstOf(corpus, number + 1) - firstOf(corpus, number)
      this.#firsts[p + 1] = (this.#firsts[p] as number) + count
    }
  }

  /** Reads all that stays in memory, so that none of it is read while records are sent. */
  warm(): void {
    for (const number of this.#kept?.keys() ?? []) this.#load(number)
  }

  /** After the last record comes the first one again. */
  seek(index: number): void {
    const n = index % this.#o.corpus.records
    if (n < (this.#firsts[this.#place] as number) || n >= (this.#firsts[this.#place + 1] as number))
      this.#find(n)
    const number = this.#order[this.#place] as number
    if (this.block.number !== number) this.#load(number)
    const i = n - (this.#firsts[this.#place] as number)
    this.start = this.block.starts[i] as number
    this.length = (this.block.ends[i] as number) - this.start
  }

  close(): void {
    this.#files.close()
  }

  /** The next place, as mostly, or by halves. */
  #find(n: number): void {
    const firsts = this.#firsts
    const next = this.#place + 1
    if (n >= (firsts[next] as number) && n < (firsts[next + 1] ?? 0)) {
      this.#place = next
      return
    }
    let [low, high] = [0, this.#order.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((firsts[middle] as number) <= n) low = middle
      else high = middle - 1
    }
    this.#place = low
  }

  #load(number: number): void {
    const { corpus, split, shuffle, onRead } = this.#o
    const kept = this.#kept?.[number]
    if (kept) this.block = kept
    if (this.block.number === number) return
    const began = performance.now()
    this.block.read(corpus, number, this.#files, split, shuffle)
    onRead(Math.round((performance.now() - began) * 1000))
  }
}

function shuffled(order: Uint32Array, random: Random): void {
  // any number that no block has
  random.seek(Number.MAX_SAFE_INTEGER)
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.int(i + 1)
    const here = order[i] as number
    order[i] = order[j] as number
    order[j] = here
  }
}
