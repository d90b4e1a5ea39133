/** The poll loop of one consumer: fetch → stamp read back → ledger → onRecord. */
import type { Poll } from './api.ts'
import type { Clock } from './clock.ts'
import type { Batch, Consumer, Offsets } from './driver.ts'
import type { FiredStreamHooks } from './hooks.ts'
import type { Ledger } from './measure/ledger.ts'
import type { ConsumedRecord, RecordView } from './record.ts'
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

/** The driver's view, with what the core knows of the record. One for each reader, used again for every record. */
class StampedView implements ConsumedRecord {
  view!: RecordView
  readonly stamp = emptyStamp()
  polledAt = Number.NaN
  receivedAt = Number.NaN
  stamped = false
  own = false
  get intact() {
    return true // the stamp carries a checksum under verification only
  }
  get topic() {
    return this.view.topic
  }
  get partition() {
    return this.view.partition
  }
  get offset() {
    return this.view.offset
  }
  get timestamp() {
    return this.view.timestamp
  }
  get timestampType() {
    return this.view.timestampType
  }
  get bytes() {
    return this.view.bytes
  }
  get keyStart() {
    return this.view.keyStart
  }
  get keyLength() {
    return this.view.keyLength
  }
  get valueStart() {
    return this.view.valueStart
  }
  get valueLength() {
    return this.view.valueLength
  }
  get scheduledAt() {
    return this.stamped ? this.stamp.scheduledAt : Number.NaN
  }
  get enqueuedAt() {
    return this.stamped ? this.stamp.enqueuedAt : Number.NaN
  }
  get producer() {
    return this.stamped ? this.stamp.producer : -1
  }
  get sequence() {
    return this.stamped ? this.stamp.sequence : -1
  }
  get index() {
    return this.stamped ? this.stamp.index : -1
  }
  get transaction() {
    return this.stamped ? this.stamp.transaction : -1
  }
  key() {
    return this.view.key()
  }
  value() {
    return this.view.value()
  }
  header(name: string) {
    return this.view.header(name)
  }
}

export class Reader {
  readonly #o: ReaderOptions
  readonly #record = new StampedView()
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
    const { ledger, now, run, number, wallAtStart } = this.#o
    const record = this.#record
    const { stamp } = record
    record.polledAt = batch.polledAt
    let left = 0
    batch.each(view => {
      if (left-- === 0) {
        record.receivedAt = now()
        left = SLICE
      }
      record.view = view
      record.stamped =
        readStamp(view.bytes, view.valueStart, view.valueLength, stamp) ||
        readHeader(view.header(STAMP_HEADER), stamp)
      record.own = record.stamped && stamp.run === run && stamp.stream === number
      const appended =
        view.timestampType === 'LogAppendTime' ? (view.timestamp - wallAtStart()) * 1000 : Number.NaN
      const bytes = Math.max(0, view.valueLength)
      if (record.own) ledger.consume(bytes, record.receivedAt, stamp.scheduledAt, stamp.enqueuedAt, appended)
      else ledger.consume(bytes, record.receivedAt, Number.NaN, Number.NaN, appended)
      this.#records++
      this.#onRecord?.call(record)
    })
  }
}

function readHeader(header: Buffer | undefined, stamp: ReturnType<typeof emptyStamp>): boolean {
  return header !== undefined && header.length === STAMP_BYTES && readStamp(header, 0, header.length, stamp)
}
