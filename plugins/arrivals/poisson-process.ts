/**
 * The places of a Poisson process of one record a unit, so that any thread finds the n-th: the axis is cut into spans, each
 * with a count drawn by its number; a span is halved again and again, each half with its binomial share of the count; the
 * records of the last halves, the blocks, are at uniform places in order. All of it is exact.
 */
import type { Arrivals, Random, Stream } from '../../core/plugin.ts'
import { coins, spanCount } from './counts.ts'

/** Units of a block: as many records, give or take 16. */
const BLOCK = 256
/** Blocks of a span, a power of two; 2^18 units. */
const BLOCKS = 1024
const SPAN = BLOCK * BLOCKS
/** Blocks and spans that are kept: who sends is behind who counts what is due. */
const KEPT_BLOCKS = 16
const KEPT_SPANS = 4

/** The n-th record is at `places[n − first]`, for n from `first` to `end`. */
interface Block {
  number: number
  first: number
  end: number
  places: Float64Array
}
/** Records in the first half of each node of the tree; −1: not drawn yet. Node 1 is the span, 2i and 2i + 1 are the halves of i. */
interface Span {
  number: number
  readonly halves: Int32Array
}

export class PoissonProcess implements Arrivals {
  readonly #counts: Random
  readonly #splits: Random
  readonly #places: Random
  /** Records before each span, as far as anybody asked. */
  readonly #before = [0]
  readonly #spans: readonly Span[]
  readonly #blocks: readonly Block[]
  #block: Block

  constructor(stream: Pick<Stream, 'random'>) {
    this.#counts = stream.random('count')
    this.#splits = stream.random('split')
    this.#places = stream.random('place')
    this.#spans = Array.from({ length: KEPT_SPANS }, () => ({ number: -1, halves: new Int32Array(BLOCKS) }))
    this.#blocks = Array.from({ length: KEPT_BLOCKS }, () => {
      return { number: -1, first: 0, end: 0, places: new Float64Array(2 * BLOCK) }
    })
    this.#block = this.#blocks[0] as Block
  }

  at(index: number): number {
    let block = this.#block
    if (index < block.first || index >= block.end) block = this.#block = this.#find(index)
    return block.places[index - block.first] as number
  }

  #find(index: number): Block {
    const before = this.#before
    while ((before.at(-1) as number) <= index) {
      this.#counts.seek(before.length - 1)
      before.push((before.at(-1) as number) + spanCount(SPAN, this.#counts))
    }
    let [low, high] = [0, before.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((before[middle] as number) <= index) low = middle
      else high = middle
    }
    let first = before[low] as number
    let count = (before[low + 1] as number) - first
    const halves = this.#halves(low)
    let node = 1
    while (node < BLOCKS) {
      let half = halves[node] as number
      if (half < 0) {
        this.#splits.seek(low * BLOCKS + node)
        half = halves[node] = coins(count, this.#splits)
      }
      const second = index >= first + half
      if (second) first += half
      count = second ? count - half : half
      node = 2 * node + (second ? 1 : 0)
    }
    return this.#filled(low * BLOCKS + node - BLOCKS, first, count)
  }

  #halves(number: number): Int32Array {
    const span = this.#spans[number % KEPT_SPANS] as Span
    if (span.number !== number) {
      span.number = number
      span.halves.fill(-1)
    }
    return span.halves
  }

  /** Uniform places in order are sums of exponential steps, scaled so that one more of them is the block's end. */
  #filled(number: number, first: number, count: number): Block {
    const block = this.#blocks[number % KEPT_BLOCKS] as Block
    if (block.number === number) return block
    if (block.places.length < count) block.places = new Float64Array(2 * count)
    const { places } = block
    const random = this.#places
    random.seek(number)
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum -= Math.log(1 - random.float())
      places[i] = sum
    }
    const scale = BLOCK / (sum - Math.log(1 - random.float()))
    for (let i = 0; i < count; i++) places[i] = number * BLOCK + (places[i] as number) * scale
    block.number = number
    block.first = first
    block.end = first + count
    return block
  }
}
