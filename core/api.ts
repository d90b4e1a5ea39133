/** What a plugin is given: its run, its streams, and the values of their hooks. */
import type { ResolvedConfig, StreamConfig } from './config/types.ts'
import type { Client, Consumer, Offsets } from './driver.ts'
import type { RunEvent } from './events.ts'
import type { RunHooks, StreamHooks } from './hooks.ts'
import type { Key } from './record.ts'

/** Records/s, linear from `start` to `end` between two times in µs since t0. Segments are contiguous from 0. */
export interface Segment {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}
/** The n-th arrival's place on the cumulative-rate axis, in records: non-decreasing in n, pure in (seed, n). */
export interface Arrivals {
  at(index: number): number
}
/** A transaction that takes records; the same object from its begin to its end. */
export interface OpenTransaction {
  /** Among those of its producer, from 0. */
  readonly number: number
  /** Global number of its producer within the stream. */
  readonly producer: number
  /** So far, without the record that is asked about. */
  readonly records: number
  /** Of their values. */
  readonly bytes: number
  /** µs since t0. */
  readonly openedAt: number
  /** µs since t0 when its producer was free for it: records that were due before waited for the last one's end until then. */
  readonly freeAt: number
  /** For timers, since a tap may answer: ends it without another record, unless it is ending already. */
  end(how: 'commit' | 'abort'): void
  /**
   * Opens another producer with the same transactional id, which fences this one. The stream goes on with the other one as
   * soon as this one has found out, at the end of a transaction.
   */
  fence(): void
}
/** The record that another one was made from, as a member of a group has read it. */
export interface Consumed extends Offsets {
  readonly member: Consumer
}
/** A record that is given to a stream of `rate: 'fed'`. */
export interface FedRecord {
  readonly key: Key | null
  /** null: a tombstone. */
  readonly value: Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array | null])[]
  /** Its t_sched, whole µs since t0: when it could have been sent at the earliest. */
  readonly at: number
  /** Number of one of this worker's producers. @default one after the other */
  readonly producer?: number
  /** Its offset + 1 is committed with the record's transaction, and only then. */
  readonly consumed?: Consumed
}
/** A member of one of the stream's consumer groups, as it stands: one object, the same at each of its polls. */
export interface Member {
  readonly group: string
  /** In its group, from 0. */
  readonly index: number
  /** Among the members of all groups of the stream: the first group's come first. */
  readonly number: number
  /** False before it has joined, and while it is away. */
  readonly joined: boolean
  /** Delivered to it so far. */
  readonly records: number
  /** µs since t0; 0 before. */
  readonly now: number
  /** Next offset to read of each partition that it has. */
  position(): ReturnType<Consumer['position']>
  /** Records between there and the end of each, as far as known. */
  lag(): ReturnType<Consumer['lag']>
}
export type Poll = number | 'pause' | 'join' | 'leave' | 'kill'

/** Filled by `prepare` in main, cloned to the workers. */
export interface Shared {
  brokers: string[]
  /** Set by the plugin that started a broker of our own: a test double, and every report says so. */
  embedded?: boolean
  [plugin: string]: unknown
}

/** Stateless by record: `seek(draft.index)` first, so that any number of threads draws the same traffic. */
export interface Random {
  seek(index: number): void
  /** In [0, 1), 53 bits. */
  float(): number
  /** In [0, bound), bound up to 2^53. */
  int(bound: number): number
}

/** Figures of a plugin. Names are prefixed with the plugin's; summed over threads; in result, exporters and thresholds. */
export interface Metrics {
  counter(name: string, about: { unit: string; help: string }): { add(n?: number): void }
  gauge(
    name: string,
    about: { unit: string; help: string; merge: 'sum' | 'min' | 'max' },
  ): { set(value: number): void }
  histogram(
    name: string,
    about: { unit: 'µs' | 'bytes' | 'records'; help: string },
  ): { record(value: number, count?: number): void }
  /** `take()` answers the worker's total so far (structured-cloneable), folded in main; `value` is read in main. */
  collect<T>(name: string, part: { take(): T; merge(a: T, b: T): T }): { readonly value: T | undefined }
}

export interface Stream {
  readonly name: string
  readonly config: Readonly<StreamConfig>
  readonly hooks: StreamHooks
  readonly metrics: Metrics
  /** worker: members of its groups that live in this thread, away or not; none before they were opened. */
  readonly members: readonly Member[]
  random(purpose: string): Random
  /** F⁻¹(k) in µs since t0; NaN for `rate: 'max'`. */
  scheduledAt(index: number): number
  /** Records of the schedule; NaN without one, and until all plugins are registered. */
  readonly total: number
  emit(event: RunEvent): void
  /**
   * Worker, `rate: 'fed'`: hands a record to the driver at once. All but sizeFor and valueFor is fired, keyFor with the record's
   * key; the stamp goes into a header. Key, value and headers are copied.
   * @returns false when there is no room, counted as dropped(backlog). Nothing is counted before t0, and in transactions after
   * the end; otherwise records are taken until the drain is over.
   * @throws Error in main, and for a stream that is not fed; RangeError for a producer of another worker.
   */
  feed(record: FedRecord): boolean
  /** Whether `feed` would take a record of this producer, or of any one of this worker. */
  room(producer?: number): boolean
}

export interface Output {
  write(chunk: string | Uint8Array): Promise<void>
  /** Renames the file to its name: until then it has a temporary one. */
  close(): Promise<void>
}

export interface Run {
  readonly role: 'main' | 'worker'
  readonly thread: number
  readonly threads: number
  readonly seed: number
  /** As resolved: µs, bytes, records/s, every default in place. */
  readonly config: ResolvedConfig
  /** Those this plugin was listed for. */
  readonly streams: readonly Stream[]
  readonly hooks: RunHooks
  readonly metrics: Metrics
  readonly signal: AbortSignal
  readonly log: { info(text: string): void; warn(text: string): void }
  /** µs since t0; negative before. */
  now(): number
  /** After prepare; outside the accounting. */
  client(): Promise<Client>
  /** Ends the run early: it drains, reports, and says why. */
  abort(reason: string): void
  /** Calls `fn` at a time in µs since t0; cancelled when the run ends. */
  at(us: number, fn: () => void): void
  emit(event: RunEvent): void
  /**
   * main: a file below the run's folder. `checkpoint`: written under its own name at once, so that a killed run leaves
   * it; otherwise under a temporary name, renamed by `close()`.
   */
  output(name: string, options?: { readonly checkpoint?: boolean }): Promise<Output>
  readonly terminal: Terminal
  /** Called at the end, last in first out, also after a failed start. */
  defer(fn: () => void | Promise<void>): void
}

/** Where a person may be looking. */
export interface Terminal {
  readonly columns: number
  /** Lines of the screen that the summary is printed on; Infinity where it is printed elsewhere. */
  readonly rows: number
  readonly tty: boolean
  readonly colors: boolean
  /** The summary, on stdout. */
  print(text: string): void
  /** The one plugin that draws progress (on stderr): undefined when another one has it. The text replaces the last one. */
  claim(): ((text: string) => void) | undefined
}

export type Percentile = number | 'inf'

export interface MetricSample {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly unit: string
  readonly help: string
  readonly stream?: string
  readonly phase?: 'warmup' | 'measure'
  readonly value: Percentile
}

/** A histogram as a reader sees it; µs unless its metric says otherwise. */
export interface HistogramView {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Highest value equivalent to the q-quantile (0 … 1), at 3 significant digits. */
  quantile(q: number): number
  /** How many values are ≤ the bound, to the resolution of the buckets. */
  countBelow(us: number): number
  /** HdrHistogram V2 compressed, base64. */
  encode(): string
}

/** The run as it stands at the end of a second. */
export interface Snapshot {
  /** Whole seconds since t0, from 1. */
  readonly second: number
  readonly phase: 'warmup' | 'measure' | 'drain'
  readonly elapsedUs: number
  /** Of the schedule: of what there was of it, where it was cut. */
  readonly totalUs: number
  /** By metric name as in thresholds, of the run so far. */
  value(metric: string): Percentile | undefined
  metrics(): Iterable<MetricSample>
  histogram(
    name: string,
    which: { readonly stream: string; readonly window: 'second' | 'run' },
  ): HistogramView | undefined
  /** The row of `result.series` for this second. */
  readonly row: import('./result.ts').SeriesRow
  /** Events since the last snapshot. */
  readonly events: readonly RunEvent[]
}
