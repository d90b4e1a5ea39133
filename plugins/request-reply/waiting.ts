/** Replies that are not due yet, or for which there is no room. */
import type { FedRecord, Stream } from '../../core/plugin.ts'

type Reply = Omit<FedRecord, 'at' | 'producer' | 'consumed'>
interface Waits {
  readonly reply: Reply
  readonly at: number
  readonly bytes: number
}

/** µs that a poll may wait where nothing is due. */
const IDLE_US = 100_000
/** And where replies wait for room. */
const SOON_US = 1000
/** Places of replies that are gone, before they are given back. */
const GONE = 1024
/** About what a reply takes besides its bytes, and a header. */
const AROUND_REPLY = 512
const AROUND_HEADER = 256

export interface WaitingOptions {
  readonly stream: Stream
  /** Of the stream, that live in this thread: they take turns. */
  readonly producers: readonly number[]
  /** µs since t0. */
  readonly now: () => number
  /** Bytes of replies that wait before no more requests are read. */
  readonly most: number
  /** There were never so many bytes. */
  readonly onMost: (bytes: number) => void
}

export class Waiting {
  readonly #o: WaitingOptions
  #next = 0
  /** In the order of their times, since all wait equally long; those before `#first` are gone. */
  #replies: Waits[] = []
  #first = 0
  #bytes = 0
  #most = 0

  constructor(options: WaitingOptions) {
    this.#o = options
  }

  get count(): number {
    return this.#replies.length - this.#first
  }

  /** @param at µs since t0 when it is due */
  add(reply: Reply, at: number): void {
    const bytes = sizeOf(reply)
    this.#replies.push({ reply, at: Math.round(at), bytes })
    this.#bytes += bytes
    if (this.count === 1) this.give()
    if (this.#bytes <= this.#most) return
    this.#most = this.#bytes
    this.#o.onMost(this.#most)
  }

  /** Gives what is due, as far as there is room; answers µs until there may be more to give, or that no more is to come. */
  give(): number | 'hold' {
    const wait = this.#give()
    return this.#bytes < this.#o.most ? wait : 'hold'
  }
  #give(): number {
    const { stream, producers, now } = this.#o
    const until = now()
    for (;;) {
      const next = this.#replies[this.#first]
      if (next === undefined) {
        this.#replies = []
        this.#first = 0
        return IDLE_US
      }
      const early = next.at - until
      if (early > 0) return Math.min(IDLE_US, early)
      // no room is a reply that takes longer, and not one that is lost
      const producer = producers[this.#next % producers.length] as number
      if (!stream.room(producer)) return SOON_US
      stream.feed({ ...next.reply, at: next.at, producer })
      this.#next++
      this.#first++
      this.#bytes -= next.bytes
      if (this.#first < GONE || this.#first * 2 < this.#replies.length) continue
      this.#replies.splice(0, this.#first)
      this.#first = 0
    }
  }
}

function sizeOf({ key, value, headers = [] }: Reply): number {
  let bytes = AROUND_REPLY + lengthOf(key) + lengthOf(value)
  for (const [name, content] of headers) bytes += AROUND_HEADER + name.length + lengthOf(content)
  return bytes
}
function lengthOf(content: Reply['key'] | Reply['value']): number {
  return content === null || typeof content === 'number' ? 0 : content.length
}
