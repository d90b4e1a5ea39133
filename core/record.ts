/** What a record is made from, and what comes back of it: the columns that hooks and drivers share. */

/** A number is written as decimal digits without making a string. */
export type Key = string | number | Uint8Array

/** The headers of a draft, in the order they were set. */
export interface HeaderList {
  readonly count: number
  name(i: number): string
  value(i: number): Uint8Array | string
}

/** A record on its way to the driver. Pooled: valid during the call only. Times in µs since the run began (t0). */
export interface Draft {
  /** Number of the record in its stream, from 0. */
  readonly index: number
  /** Intended send time; for `rate: 'max'` the time of its generation. */
  readonly scheduledAt: number
  /** When the driver was handed the record: read once per slice of the sending loop. */
  readonly enqueuedAt: number
  /** null: keyless. */
  readonly key: Key | null
  /** -1 until a plugin chose one: then the driver's partitioner decides. */
  readonly partition: number
  /** Length of the value in bytes; -1 is a tombstone (null value). */
  readonly size: number
  /** Global number of the producer within the stream. */
  readonly producer: number
  /** Whether the driver is to add the stamp as a header of `STAMP_BYTES` bytes, by way of `ProducerPort.stamp`. */
  readonly stampHeader: boolean
  readonly headers: HeaderList
  /** CreateTime in ms since the epoch; NaN: the driver's clock at append. */
  timestamp: number
  setHeader(name: string, value: string | Uint8Array): void
}

/** The value's place in the open batch: exactly `draft.size` bytes. */
export interface Target {
  readonly bytes: Buffer
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
 * batch, so it is valid during the call. The methods allocate, the fields do not. A length of -1 is null.
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
  /** A stamp was found; `own`: it is of this run and stream. `intact`: the payload's checksum holds, or there is none. */
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
}
/** The same as taps see it. */
export type RecordView = Readonly<ConsumedRecord>

const NOTHING = Buffer.alloc(0)
