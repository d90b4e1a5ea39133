/** What a record is made from, and what comes back of it: the columns that hooks and drivers share. */

/** A number is written as decimal digits without making a string. */
export type Key = string | number | Uint8Array

/** The headers of a draft, in the order they were set or given. */
class Headers {
  count = 0
  readonly #names: string[] = []
  readonly #values: (string | Uint8Array | null)[] = []
  name(i: number): string {
    return this.#names[i] ?? ''
  }
  /** null: of a record that was given with a header without a value. */
  value(i: number): string | Uint8Array | null {
    return this.#values[i] ?? null
  }
  set(name: string, value: string | Uint8Array): void {
    let i = 0
    while (i < this.count && this.#names[i] !== name) i++
    this.#names[i] = name
    this.#values[i] = value
    if (i === this.count) this.count++
    else this.#leave(i)
  }
  /** One more, whatever others there are of that name. */
  add(name: string, value: string | Uint8Array | null): void {
    this.#names[this.count] = name
    this.#values[this.count++] = value
  }
  /** Of a name, this one alone: what follows it goes. */
  #leave(first: number): void {
    let to = first + 1
    for (let i = to; i < this.count; i++) {
      if (this.#names[i] === this.#names[first]) continue
      this.#names[to] = this.#names[i] as string
      this.#values[to++] = this.#values[i] as string | Uint8Array | null
    }
    this.count = to
  }
}
export type HeaderList = Readonly<Omit<Headers, 'set' | 'add'>>

/**
 * One for each sender, used again for every record. Fields are born as what they will be: a fraction (NaN) or a whole number,
 * with which a tap calculates in a fifth of the time. Born null they would cost ten times as much.
 */
export class PooledDraft {
  /** Number of the record in its stream, from 0. */
  index = -1
  /** Intended send time; for `rate: 'max'` the time of its generation. */
  scheduledAt = Number.NaN
  /** When the driver was handed the record: read once per slice of the sending loop. */
  enqueuedAt = Number.NaN
  /** null: keyless. */
  key: Key | null = null
  /** -1 until a plugin chose one: then the driver's partitioner decides. */
  partition = -1
  /** Length of the value in bytes; -1 is a tombstone (null value). */
  size = -1
  /** Global number of the producer within the stream. */
  producer = -1
  /** Whether the driver is to add the stamp as a header of `STAMP_BYTES` bytes, by way of `ProducerPort.stamp`. */
  stampHeader = false
  /** CreateTime in ms since the epoch; NaN: the driver's clock at append. */
  timestamp = Number.NaN
  readonly headers = new Headers()

  begin(index: number, scheduledAt: number, enqueuedAt: number, producer: number): void {
    this.index = index
    this.scheduledAt = scheduledAt
    this.enqueuedAt = enqueuedAt
    this.producer = producer
    this.key = null
    this.partition = -1
    this.timestamp = Number.NaN
    this.headers.count = 0
  }
  setHeader(name: string, value: string | Uint8Array): void {
    this.headers.set(name, value)
  }
}
/** A record on its way to the driver. Pooled: valid during the call only. Times in µs since the run began (t0). */
export interface Draft extends Readonly<Omit<PooledDraft, 'begin' | 'headers' | 'timestamp'>> {
  readonly headers: HeaderList
  timestamp: number
}

/** A place in the open batch: exactly `draft.size` bytes for the value, `STAMP_BYTES` for the stamp. */
export interface Target {
  readonly bytes: Buffer
  /** All of `bytes`: numbers are written through it at a fifth of what the methods of a Buffer take. */
  readonly view: DataView
  readonly start: number
  readonly length: number
}

/**
 * One partition's share of one request, with one outcome. Columns hold `count` valid entries in append order; they
 * are the driver's and valid during the call. Times in µs since t0; -1 where unknown.
 */
export interface Acks {
  readonly topic: string
  /** -1 where a record failed before it had one. */
  readonly partition: number
  readonly state: 'acked' | 'failed' | 'unknown'
  /** The protocol's name of the error, '' for acked. */
  readonly error: string
  /** First byte of the last request handed to the socket; NaN for a driver that cannot tell. */
  readonly wireAt: number
  readonly ackedAt: number
  readonly producer: number
  readonly baseSequence: number
  readonly baseOffset: number
  readonly transaction: number
  /** Bytes of their values, as in every rate in bytes/s. */
  readonly bytes: number
  readonly count: number
  readonly index: Float64Array
  readonly scheduledAt: Float64Array
  readonly enqueuedAt: Float64Array
}

/**
 * A consumed record. The driver fills what it decoded, the core what it knows besides; one is used again for a whole
 * batch, so it is valid during the call. The methods allocate but for `findHeader`, the fields do not. A length of -1 is null.
 */
export abstract class ConsumedRecord {
  topic = ''
  partition = -1
  offset = Number.NaN
  /** ms since the epoch; see `timestampType`. */
  timestamp = Number.NaN
  timestampType: 'CreateTime' | 'LogAppendTime' = 'CreateTime'
  bytes: Buffer = NOTHING
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  /** By the core, µs since t0: delivery of the fetch response, and this call. */
  polledAt = Number.NaN
  receivedAt = Number.NaN
  /** A stamp was found; `own`: a stream of this run wrote it to this topic. `intact`: the payload's checksum holds, or there is none. */
  stamped = false
  own = false
  intact = true
  /** From the stamp; NaN or -1 without one. */
  scheduledAt = Number.NaN
  enqueuedAt = Number.NaN
  producer = -1
  sequence = -1
  index = -1
  transaction = -1
  abstract key(): Buffer | null
  abstract value(): Buffer | null
  abstract header(name: string): Buffer | undefined
  /** Where the value of the same header is, without a copy: one object, good until the next call. */
  abstract findHeader(name: string): Omit<Target, 'view'> | undefined
  /** All of them, in their order: of one name there may be several. */
  abstract headers(): [name: string, value: Buffer | null][]
}
/** The same as taps see it. */
export type RecordView = Readonly<ConsumedRecord>

const NOTHING = Buffer.alloc(0)
