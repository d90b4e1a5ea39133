/** The poll loop of one consumer: fetch → stamp read back → ledger → onRecord. */
import type { Poll } from './api.ts'
import type { Clock } from './clock.ts'
import type { Batch, Consumer, Offsets } from './driver.ts'
import type { FiredStreamHooks } from './hooks.ts'
import type { Ledger } from './measure/ledger.ts'
import type { ConsumedRecord } from './record.ts'
import { emptyStamp, readStamp, STAMP_BYTES, STAMP_HEADER } from './stamp.ts'

const POLL_US = 100_000
/** t_recv is read once for so many records, as t_enq is. */
const SLICE = 256

export interface ReaderOptions {
  readonly consumer: Consumer
  readonly group: string
  readonly index: number
  readonly topic: string
  readonly run: number
  /** Number of the stream in the run. */
  readonly number: number
  readonly hooks: FiredStreamHooks
  readonly ledger: Ledger
  readonly clock: Clock
  readonly now: () => number
  /** ms since the epoch at t0. */
  readonly wallAtStart: () => number
}

export class Reader {
  readonly #o: ReaderOptions
  readonly #stamp = emptyStamp()
  readonly #cut = new AbortController()
  readonly #onRecord
  readonly #pollFor
  #joined = true
  #paused = false
  #records = 0
  #ends: readonly number[] | undefined

  constructor(options: ReaderOptions) {
    this.#o = options
    this.#onRecord = options.hooks.onRecord.isUsed() ? options.hooks.onRecord : undefined
    this.#pollFor = options.hooks.pollFor.isUsed() ? options.hooks.pollFor : undefined
  }

  /** Polls until `finishAt` has been called and its offsets are reached, or `cut`. */
  async run(): Promise<void> {
    const { consumer } = this.#o
    const signal = this.#cut.signal
    while (!signal.aborted && !this.#reached()) {
      if (this.#pollFor !== undefined && !(await this.#ask())) continue
      await consumer.poll(batch => this.#take(batch), { timeoutUs: POLL_US, signal })
    }
  }

  /** Nothing is sent any more: reads up to these end offsets, one per partition, then ends. */
  finishAt(ends: readonly number[]): void {
    this.#ends = ends
  }
  cut(): void {
    this.#cut.abort()
  }

  #reached(): boolean {
    const ends = this.#ends
    if (ends === undefined) return false
    if (!this.#joined || this.#paused) return true
    return this.#o.consumer.position().every((p: Offsets) => p.offset >= (ends[p.partition] ?? 0))
  }

  /** What a plugin wants this member to do; false: not to poll now. */
  async #ask(): Promise<boolean> {
    const { consumer, group, index, topic, hooks, now } = this.#o
    const answer: Poll | undefined = hooks.pollFor.call({
      group,
      index,
      joined: this.#joined,
      records: this.#records,
      now: now(),
    })
    if (this.#paused && answer !== 'pause') {
      this.#paused = false
      consumer.resume()
    }
    if (answer === 'join' && !this.#joined) {
      await consumer.subscribe([topic])
      this.#joined = true
    } else if (answer === 'leave' && this.#joined) {
      this.#joined = false
      await consumer.leave()
    } else if (answer === 'kill' && this.#joined) {
      this.#joined = false
      consumer.kill()
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
      this.#cut.signal.addEventListener(
        'abort',
        () => {
          cancel()
          resolve()
        },
        { once: true },
      )
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
      this.#onRecord?.call(record)
    })
  }

  #readStamp(record: ConsumedRecord): void {
    const stamp = this.#stamp
    record.stamped =
      readStamp(record.bytes, record.valueStart, record.valueLength, stamp) ||
      readHeader(record.header(STAMP_HEADER), stamp)
    record.own = record.stamped && stamp.run === this.#o.run && stamp.stream === this.#o.number
    record.scheduledAt = record.stamped ? stamp.scheduledAt : Number.NaN
    record.enqueuedAt = record.stamped ? stamp.enqueuedAt : Number.NaN
    record.producer = record.stamped ? stamp.producer : -1
    record.sequence = record.stamped ? stamp.sequence : -1
    record.index = record.stamped ? stamp.index : -1
    record.transaction = record.stamped ? stamp.transaction : -1
  }
}

function readHeader(header: Buffer | undefined, stamp: ReturnType<typeof emptyStamp>): boolean {
  return header !== undefined && header.length === STAMP_BYTES && readStamp(header, 0, header.length, stamp)
}
