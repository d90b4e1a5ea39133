/** Replies that are not due yet, or for which there is no room. */
import type { FedRecord, Stream } from '../../core/plugin.ts'

type Reply = Omit<FedRecord, 'at' | 'producer' | 'consumed'>

/** µs that a poll may wait where nothing is due. */
const IDLE_US = 100_000
/** And where replies wait for room. */
const SOON_US = 1000
/** Replies that wait for room before no more requests are read. */
const MOST = 10_000
/** Places of replies that are gone, before they are given back. */
const GONE = 1024

export class Waiting {
  readonly #stream: Stream
  readonly #producers: readonly number[]
  readonly #now: () => number
  #next = 0
  /** In the order of their times, since all wait equally long; those before `#first` are gone. */
  #replies: { readonly reply: Reply; readonly at: number }[] = []
  #first = 0

  /** @param producers of the stream that live in this thread, which take turns */
  constructor(stream: Stream, producers: readonly number[], now: () => number) {
    this.#stream = stream
    this.#producers = producers
    this.#now = now
  }

  get count(): number {
    return this.#replies.length - this.#first
  }

  /** @param at µs since t0 when it is due */
  add(reply: Reply, at: number): void {
    this.#replies.push({ reply, at: Math.round(at) })
    if (this.count === 1) this.give()
  }

  /** Gives what is due, as far as there is room; answers µs until there may be more to give, or that no more is to come. */
  give(): number | 'hold' {
    for (;;) {
      const next = this.#replies[this.#first]
      if (next === undefined) {
        this.#replies = []
        this.#first = 0
        return IDLE_US
      }
      const early = next.at - this.#now()
      if (early > 0) return Math.min(IDLE_US, early)
      // no room is a reply that takes longer, and not one that is lost
      const producer = this.#producers[this.#next % this.#producers.length] as number
      if (!this.#stream.room(producer)) return this.count < MOST ? SOON_US : 'hold'
      this.#stream.feed({ ...next.reply, at: next.at, producer })
      this.#next++
      this.#first++
      if (this.#first < GONE || this.#first * 2 < this.#replies.length) continue
      this.#replies.splice(0, this.#first)
      this.#first = 0
    }
  }
}
