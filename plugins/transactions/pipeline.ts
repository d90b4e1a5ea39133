/**
 * One producer's way from an input topic to the stream's: a member of a group reads, each record is written in a transaction,
 * and the transaction commits how far was read. Exactly once holds since whatever is not committed is read again:
 * - after a transaction that was not committed the member goes back to what is committed;
 * - when its group rebalances, what it has open is aborted, and what it has read is forgotten.
 */
import {
  type Consumer,
  type FedRecord,
  type Key,
  type OpenTransaction,
  type RecordView,
  type RunEvent,
  STAMP_HEADER,
  type Stream,
} from '../../core/plugin.ts'

type Headers = NonNullable<FedRecord['headers']>
/** What is written for a record; what it does not say is as it was. */
export interface Transformed {
  readonly key?: Key | null
  readonly value?: Uint8Array | null
  readonly headers?: Headers
}
/** undefined: nothing is written for the record. The view is valid during the call. */
export type Transform = (record: RecordView) => Transformed | undefined

export interface PipelineOptions {
  readonly stream: Stream
  /** Number of the producer. */
  readonly id: number
  readonly consumer: Consumer
  readonly from: string
  readonly transform: Transform | undefined
  /** µs since t0. */
  readonly now: () => number
  readonly sleep: (us: number) => Promise<void>
  /** A record was read. */
  readonly onRead: (record: RecordView) => void
  /** What was read will never be written: an error that will come again and again, by its name. */
  readonly onStuck: (error: string) => void
}

const POLL_US = 100_000
/** Before it is asked again whether there is room. */
const ROOM_US = 1000
/** Transactions in a row that the same error aborts: the next one, of the same records, would be no better. */
export const STUCK = 3
/** What a record, or who writes it, will be refused for again. Whatever else there is may have passed by then. */
const FINAL = new Set([
  'RecordTooLarge',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'INVALID_TOPIC_EXCEPTION',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

export class Pipeline {
  readonly #o: PipelineOptions
  readonly #stop = new AbortController()
  readonly #stopped = new Promise<void>(resolve => {
    this.#stop.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  /** Read and not yet written, in its order. */
  #queue: FedRecord[] = []
  #next = 0
  #open: OpenTransaction | undefined
  /** What was read is not what comes after what is committed: the member has to go back. */
  #stale = false
  /** Records that are to be written and are not for good yet, since they were read; of them those in the open transaction. */
  #owed = 0
  #fed = 0
  /** Its group shares its partitions out anew. */
  #rebalancing = false
  /** Number of the last transaction that was aborted since its group did so. */
  #givenUp = -1
  /** Of the transaction that is open, and of those before that the same one aborted. */
  #error = ''
  #again = { error: '', times: 0 }

  constructor(options: PipelineOptions) {
    this.#o = options
    options.consumer.onEvent(event => this.#heard(event))
  }

  /** Resolves when the member has an assignment. */
  async open(): Promise<void> {
    await this.#o.consumer.subscribe([this.#o.from])
  }

  /** Resolves after `stop`. @throws what the consumer cannot get over. */
  async run(): Promise<void> {
    const { sleep } = this.#o
    const { signal } = this.#stop
    while (!signal.aborted) {
      // what is committed stands only when no transaction is open
      const waits = this.#rebalancing || (this.#stale && this.#open !== undefined)
      if (waits) await sleep(ROOM_US)
      else if (this.#stale) await this.#goBack()
      else if (this.#next === this.#queue.length) await this.#read(signal)
      else if (!this.#write()) await sleep(ROOM_US)
    }
  }
  stop(): void {
    this.#stop.abort()
  }

  async #read(signal: AbortSignal): Promise<void> {
    this.#queue = []
    this.#next = 0
    const { consumer } = this.#o
    await consumer.poll(batch => batch.each(record => this.#take(record)), { timeoutUs: POLL_US, signal })
  }
  #take(record: RecordView): void {
    const { consumer, transform, id, now, onRead } = this.#o
    onRead(record)
    // it is read again
    if (this.#stale || this.#rebalancing) {
      this.#owed++
      return
    }
    const made = transform === undefined ? {} : transform(record)
    if (made === undefined) return
    check(made)
    this.#owed++
    const { topic, partition, offset } = record
    const { key = record.key(), value = record.value(), headers = headersOf(record) } = made
    const consumed = { topic, partition, offset, member: consumer }
    this.#queue.push({ key, value, headers, at: Math.max(0, now()), producer: id, consumed })
  }

  /** Writes what there is room for; false: there is no room. */
  #write(): boolean {
    const { stream, id } = this.#o
    while (this.#next < this.#queue.length) {
      if (!stream.room(id)) return false
      const record = this.#queue[this.#next++] as FedRecord
      if (stream.feed(record)) {
        this.#fed++
        continue
      }
      // what was dropped is not to be passed over
      this.#forget()
      return false
    }
    return true
  }

  async #goBack(): Promise<void> {
    // until it has, records may come that are none of those that follow; without brokers it would never have
    const rewound = await Promise.race([this.#o.consumer.rewind().then(() => true), this.#stopped])
    this.#queue = []
    this.#next = 0
    if (this.#rebalancing || rewound !== true) return
    this.#stale = false
    // they are among those that are to be read
    this.#owed = 0
  }

  #forget(): void {
    this.#stale = true
    this.#queue = []
    this.#next = 0
    if (this.#open === undefined) return
    this.#givenUp = this.#open.number
    this.#open.end('abort')
  }
  /** Whether a transaction was aborted for no other reason than that its records are read again, here or by others. */
  gaveUp(transaction: number): boolean {
    return transaction === this.#givenUp
  }

  /** Records that were read and will be read again, as things are: no transaction has committed them. */
  get owed(): number {
    return this.#owed
  }

  /** A transaction of its producer takes records. */
  begun(open: OpenTransaction): void {
    this.#open = open
  }
  /** A record of it failed. */
  failed(error: string): void {
    // those beside the one that was refused failed with it
    if (FINAL.has(error)) this.#error = error
  }
  /** One has ended; nothing was fed since it was told to end. */
  ended(committed: boolean): void {
    this.#open = undefined
    if (committed) this.#owed -= this.#fed
    else this.#forget()
    this.#fed = 0
    const error = this.#error
    this.#error = ''
    const times = error === '' ? 0 : error === this.#again.error ? this.#again.times + 1 : 1
    if (committed || error !== '') this.#again = { error, times }
    if (times === STUCK) this.#o.onStuck(error)
  }

  #heard(event: RunEvent): void {
    if (event.kind !== 'rebalance') return
    this.#rebalancing = event.step === 'start'
    // offsets of what it had are not its own to commit any more
    this.#forget()
  }
}

/** @throws TypeError for what is no record: a configuration in JavaScript is not checked by anybody else. */
function check({ value, headers }: Transformed): void {
  if (value !== undefined && value !== null && !(value instanceof Uint8Array))
    throw new TypeError(`transform answered a value of type ${typeof value}: expected a Uint8Array, or null`)
  if (headers !== undefined && !Array.isArray(headers))
    throw new TypeError(
      `transform answered headers ${JSON.stringify(headers)}: expected a list of [name, value]`,
    )
}

/** The stamp of what was read is none of what is written. */
function headersOf(record: RecordView): Headers {
  return record.headers().filter(([name]) => name !== STAMP_HEADER)
}
