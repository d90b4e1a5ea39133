/**
 * The port that drivers implement. A producer takes drafts and answers with outcomes in columns, never with a
 * promise per record; what waits, waits in the driver, and the driver counts what it holds by walking it.
 */
import type { RunEvent } from './events.ts'
import type { Acks, ConsumedRecord, Draft, Target } from './record.ts'

export interface Offsets {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface Driver {
  readonly name: string
  readonly can: {
    /** It knows when a request's first byte was handed to the socket. */
    readonly wireTime: boolean
    readonly transactions: boolean
    /** KIP-848 groups. */
    readonly consumerProtocol: boolean
  }
  /** Resolves when the producer has the topic's metadata (and a producer id where it needs one). */
  producer(options: ProducerOptions, to: ProducerPort): Promise<Producer>
  consumer(options: ConsumerOptions): Promise<Consumer>
  admin(): Promise<Admin>
  close(signal: AbortSignal): Promise<void>
}

/** What a producer calls back. All of it synchronously, on the producer's thread. */
export interface ProducerPort {
  /** Once for each record, with its final state. */
  outcome(acks: Acks): void
  /** There is room again after `room()` answered false. */
  room(): void
  event(event: RunEvent): void
  /** An answer arrived for records that had their outcome already. */
  late(records: number): void
  /** Called by `append` once partition and sequence are known: writes the value, and the stamp where it goes there. */
  fill(draft: Draft, target: Target, sequence: number): void
  /** Writes the `STAMP_BYTES` bytes of `target`; called by `append` when `draft.stampHeader`, for the header STAMP_HEADER. */
  stamp(draft: Draft, target: Target, sequence: number): void
}

export interface ProducerSettings {
  readonly acks: 0 | 1 | -1
  readonly idempotent: boolean
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Of the codec: gzip 1 to 9, zstd -131072 to 22. @default as the driver has it */
  readonly compressionLevel?: number
  /** µs a batch may wait for company. */
  readonly lingerUs: number
  /** Bytes at which a batch is closed. */
  readonly batchBytes: number
  /** Records at which a batch is closed, 1 to 1,000,000. */
  readonly batchRecords: number
  /** Requests under way at once, per connection. */
  readonly maxInFlight: number
  /** Connections to each broker, 1 to 64. A partition stays on one of them, and so in order. */
  readonly connections: number
  /** Bound on what the driver holds, in bytes and in records. */
  readonly bufferBytes: number
  readonly bufferRecords: number
  /** µs from append after which a record that has no answer is given up. */
  readonly deliveryTimeoutUs: number
}

export interface ProducerOptions {
  /** Global number of the producer within its stream. */
  readonly id: number
  readonly topic: string
  readonly partitions: number
  /**
   * Its records go in transactions, between `begin` and `end`; needs acks -1, and idempotence is implied. To open it fences every
   * producer before it with this id, and aborts what that had open.
   */
  readonly transactionalId?: string
  readonly timeoutUs: number
  readonly settings: ProducerSettings
}

/** A batch the driver holds: columns as in `Acks`. */
export interface HeldBatch {
  readonly count: number
  readonly bytes: number
  readonly scheduledAt: Float64Array
}

export interface Producer {
  /** Asked before a draft is made: whether one more record may be appended. */
  room(): boolean
  append(draft: Draft): void
  /** Visits every batch it holds (open, sent, retrying), by walking them; never a running difference. */
  held(visit: (batch: HeldBatch) => void): void
  /** Partitions of the topic. */
  partitions(): number
  /**
   * Begins a transaction: what is appended until `end` belongs to it, and nothing may be appended otherwise.
   * @param number that it has in acks and events. @default one more than the last, from 0
   * @throws Error without `transactionalId`, and when the last one has not ended.
   */
  begin(number?: number): void
  /**
   * Sends what is open, waits for all outcomes, and ends the transaction. Without a record and without offsets no broker is
   * asked.
   * - `committed`: readers of committed records get all of it, as soon as the broker has written the ends.
   * - `aborted`: they get nothing of it, ever. To a commit that is the answer when one of its records did not end as acked,
   *   or its offsets were refused; after an abort that nobody confirmed, since the broker aborts what is not committed.
   * - `unknown`: a commit that nobody confirmed within `timeoutUs` of it: they get all of it or nothing.
   * - `fenced`: as aborted, for another producer has the id by now, or the transaction took longer than the broker allows. This
   *   producer writes no more: what is appended from then on fails.
   * @param offsets next offsets to read, committed for the group of `member` if the transaction is. A consumer of which they
   * are should commit nothing by itself: `commitUs: 0`.
   * @param member that is subscribed, of the same driver; its group refuses offsets of a member that is none any more.
   * @throws Error when none is open; TypeError for offsets without a member.
   */
  end(
    how: 'commit' | 'abort',
    offsets?: readonly Offsets[],
    member?: Consumer,
  ): Promise<'committed' | 'aborted' | 'unknown' | 'fenced'>
  /** Sends what is open, and resolves when all that was appended has an outcome; rejects when aborted. */
  flush(signal: AbortSignal): Promise<void>
  close(signal: AbortSignal): Promise<void>
}

export interface ConsumerOptions {
  /** Without a group: `assign`. */
  readonly group?: string
  /** Makes it a static member: it comes back to what it had. Nobody else in the group has this name. */
  readonly instance?: string
  readonly protocol?: 'classic' | 'consumer'
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** Where to begin when the group has no committed offset. */
  readonly from?: 'latest' | 'earliest'
  /** Of a classic group. @default range, or what the driver has */
  readonly assignor?: 'range' | 'roundrobin' | 'cooperative-sticky'
  /** µs between commits of what was read; 0: none but those asked for, and where a group begins. @default 5 s */
  readonly commitUs?: number
  /** µs of silence after which a classic group gives the member up; by KIP-848 the broker says. @default 30 s */
  readonly sessionTimeoutUs?: number
  /** Each of them as the driver has it by default. */
  readonly fetch?: FetchSettings
  readonly timeoutUs: number
}

export interface FetchSettings {
  /** Bytes that a broker waits for, up to `maxWaitUs`. */
  readonly minBytes?: number
  readonly maxWaitUs?: number
  /** Of an answer (at most 64 MiB), and of an answer from one partition; a larger batch comes all the same. */
  readonly maxBytes?: number
  readonly maxPartitionBytes?: number
}

export interface Batch {
  readonly count: number
  /** µs since t0: delivery of the fetch response. */
  readonly polledAt: number
  each(fn: (record: ConsumedRecord) => void): void
}

export interface Consumer {
  /** Resolves when the member has an assignment and a position. */
  subscribe(topics: readonly string[]): Promise<void>
  assign(from: readonly Offsets[]): Promise<void>
  /** Delivers what has arrived, or waits up to `timeoutUs` for it. */
  poll(
    onBatch: (batch: Batch) => void,
    options: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void>
  pause(): void
  resume(): void
  commit(offsets?: readonly Offsets[]): Promise<void>
  /**
   * A member's: goes back to what its group has committed of each of its partitions, or to where it would begin without; what it
   * has delivered since comes again. With read_committed it waits for transactions that may still commit offsets.
   */
  rewind(): Promise<void>
  onEvent(fn: (event: RunEvent) => void): void
  /** Records between the position and the end of each assigned partition, as far as known. */
  lag(): readonly { readonly topic: string; readonly partition: number; readonly lag: number }[]
  /** Next offset to read of each assigned partition. */
  position(): readonly Offsets[]
  leave(): Promise<void>
  /** Ends without a farewell, as a crash would. */
  kill(): void
}

export interface TopicSettings {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}
export interface TopicInfo extends Omit<TopicSettings, 'replicationFactor'> {
  readonly id: string
}

export interface Admin {
  /** undefined: there is no such topic. */
  describe(topic: string): Promise<TopicInfo | undefined>
  create(topic: string, settings: TopicSettings): Promise<void>
  delete(topic: string): Promise<void>
  /** One offset per partition. */
  offsets(topic: string, at: 'start' | 'end' | 'stable'): Promise<readonly number[]>
  /** Name and version as far as the broker tells, e.g. for the report. */
  broker(): Promise<string>
  close(): Promise<void>
}

/** The port itself, outside the accounting: for plugins that read back, probe or answer. */
export interface Client {
  consumer(options: Omit<ConsumerOptions, 'timeoutUs'>): Promise<Consumer>
  admin(): Promise<Admin>
}

/** A connection could not be made or was refused: exit 3. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly address: string
  readonly reason: string
  readonly remedy: string
  constructor(address: string, reason: string, remedy: string, cause?: unknown) {
    super(`cannot connect to ${address}: ${reason}. ${remedy}`, { cause })
    this.address = address
    this.reason = reason
    this.remedy = remedy
  }
}
