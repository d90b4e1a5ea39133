/** The poll loop of one consumer: fetch → stamp read back → ledger → onRecord. */
import type { Poll } from './api.ts'
import type { Clock } from './clock.ts'
import type { Batch, Consumer, Offsets } from './driver.ts'
import { tapped } from './hooks.ts'
import type { ConsumedRecord } from './record.ts'
import type { SenderOptions } from './sender.ts'
import { emptyStamp, readStamp, STAMP_BYTES, STAMP_HEADER } from './stamp.ts'

const POLL_US = 100_000
/** t_recv is read once for so many records, as t_enq is. */
const SLICE = 256

export interface ReaderOptions
  extends Pick<SenderOptions, 'stream' | 'number' | 'run' | 'hooks' | 'ledger' | 'now'> {
  readonly consumer: Consumer
  /** Number of the consumer in its group. */
  readonly index: number
  readonly clock: Clock
  /** ms since the epoch at t0. */
  readonly wallAtStart: () => number
}

export class Reader {
  readonly #o: ReaderOptions
  readonly #hooks
  readonly #stamp = emptyStamp()
  readonly #cut = new AbortController()
  #wake = () => {}
  #joined = true
  #paused = false
  #records = 0
  #ends: readonly number[] | undefined

  constructor(options: ReaderOptions) {
    this.#o = options
    this.#hooks = { pollFor: tapped(options.hooks.pollFor), onRecord: tapped(options.hooks.onRecord) }
  }

  /** Polls until `finishAt` has been called and its offsets are reached, or `cut`. */
  async run(): Promise<void> {
    const { consumer } = this.#o
    const signal = this.#cut.signal
    while (!signal.aborted && !this.#reached()) {
      if (this.#hooks.pollFor !== undefined && !(await this.#ask())) continue
      await consumer.poll(batch => this.#take(batch), { timeoutUs: POLL_US, signal })
    }
  }

  /** Nothing is sent any more: reads up to these end offsets, one per partition, then ends. */
  finishAt(ends: readonly number[]): void {
    this.#ends = ends
  }
  cut(): void {
    this.#cut.abort()
    this.#wake()
  }

  #reached(): boolean {
    const ends = this.#ends
    if (ends === undefined) return false
    const there = (p: Offsets) => p.offset >= (ends[p.partition] ?? 0)
    return !this.#joined || this.#paused || this.#o.consumer.position().every(there)
  }

  /** What a plugin wants this member to do; false: not to poll now. */
  async #ask(): Promise<boolean> {
    const { consumer, stream, index, hooks, now } = this.#o
    const { group } = stream.consumers
    const member = { group, index, joined: this.#joined, records: this.#records, now: now() }
    const answer: Poll | undefined = hooks.pollFor.call(member)
    if (this.#paused && answer !== 'pause') {
      this.#paused = false
      consumer.resume()
    }
    if (answer === 'join' && !this.#joined) {
      await consumer.subscribe([stream.topic.name])
      this.#joined = true
    } else if ((answer === 'leave' || answer === 'kill') && this.#joined) {
      this.#joined = false
      await consumer[answer]()
    } else if (answer === 'pause' && !this.#paused) {
      this.#paused = true
      consumer.pause()
    }
    if (typeof answer === 'number' && answer > 0) await this.#sleep(answer)
    if (this.#joined && !this.#paused) return true
    await this.#sleep(POLL_US)
    return false
  }

  #sleep(us: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#o.clock.after(us, resolve)
      this.#wake = () => resolve(cancel())
    })
  }

  #take(batch: Batch): void {
    const { now, wallAtStart } = this.#o
    let receivedAt = 0
    let left = 0
    batch.each(record => {
      if (left-- === 0) {
        receivedAt = now()
        left = SLICE
      }
      record.polledAt = batch.polledAt
      record.receivedAt = receivedAt
      this.#readStamp(record)
      const logged = record.timestampType === 'LogAppendTime'
      const appendedAt = logged ? (record.timestamp - wallAtStart()) * 1000 : Number.NaN
      this.#o.ledger.consume(record, appendedAt)
      this.#records++
      this.#hooks.onRecord?.call(record)
    })
  }

  #readStamp(record: ConsumedRecord): void {
    const { run, number } = this.#o
    const found = readStamp(record.bytes, record.valueStart, record.valueLength, this.#stamp)
    record.stamped = found || this.#readHeader(record.findHeader(STAMP_HEADER))
    const stamp = record.stamped ? this.#stamp : UNSTAMPED
    record.own = record.stamped && stamp.run === run && stamp.stream === number
    record.scheduledAt = stamp.scheduledAt
    record.enqueuedAt = stamp.enqueuedAt
    record.producer = stamp.producer
    record.sequence = stamp.sequence
    record.index = stamp.index
    record.transaction = stamp.transaction
  }
  #readHeader(at: ReturnType<ConsumedRecord['findHeader']>): boolean {
    return at?.length === STAMP_BYTES && readStamp(at.bytes, at.start, at.length, this.#stamp)
  }
}

const UNSTAMPED = emptyStamp()
