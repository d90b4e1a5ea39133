/** The result model: one versioned JSON document, of which every other output is a view. */
import type { HistogramView, MetricSample, Percentile } from './api.ts'
import type { RunEvent } from './events.ts'

export const RESULT_SCHEMA = 'kafka-loadtest/result/1'

/** Every latency of docs/measurement. */
export const LATENCIES = [
  'response',
  'service',
  'request',
  'schedulingLag',
  'clientQueue',
  'endToEnd',
  'transport',
  'consumerDelay',
] as const
/** The percentiles that reports tell, by the names they have there. */
export const QUANTILES = {
  p50: 0.5,
  p75: 0.75,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
  p9999: 0.9999,
} as const
/** What becomes of records; all but `consumed` are counted by the phase of t_sched. */
export const COUNTS = [
  'scheduled',
  'acked',
  'failed',
  'unknown',
  'dropped',
  'pending',
  'inFlight',
  'consumed',
] as const
export const RATES = ['offered', 'attempted', 'achieved', 'consumed'] as const

export type Phase = 'warmup' | 'measure'
export type LatencyName = (typeof LATENCIES)[number]
export type Quantile = keyof typeof QUANTILES
/** A metric's name within a stream, as thresholds and exporters have it. */
export type MetricName =
  | `${LatencyName}.${Quantile | 'min' | 'mean' | 'max'}`
  | `${(typeof COUNTS)[number]}.count`
  | `${(typeof RATES)[number]}.${'rate' | 'byteRate'}`

export interface Counts extends Readonly<Record<Exclude<(typeof COUNTS)[number], 'dropped'>, number>> {
  readonly dropped: Readonly<Record<string, number>>
}
/** Records or value bytes per second; absent where the run has no such figure. */
export type Rates = Readonly<Partial<Record<(typeof RATES)[number], number>>>
/** µs, integers at 3 significant digits; `hdr`: HdrHistogram V2 compressed, base64. */
export interface Percentiles extends Readonly<Record<Quantile | 'count' | 'min' | 'mean' | 'max', number>> {
  readonly hdr: string
}
/** Over all scheduled records: what failed, is unknown or was dropped is infinite; what is in flight is "at least". */
export interface ScheduledPercentiles extends Readonly<Record<Quantile | 'max', Percentile>> {
  readonly infinite: number
  readonly censored: number
}
export interface Latency {
  readonly acked: Percentiles
  /** Of response time alone. */
  readonly scheduled?: ScheduledPercentiles
  readonly overflow: number
  readonly negative: number
}
export interface PhaseResult {
  readonly counts: Counts
  /** Answers for records that had their outcome already. */
  readonly late: number
  /** Consumed, and not written by this run. */
  readonly foreign: number
  readonly bytes: { readonly acked: number; readonly consumed: number }
  /** Acked batches, and the mean of their records and of their value bytes. */
  readonly batches: { readonly count: number; readonly records: number; readonly bytes: number }
  readonly rates: Rates
  readonly byteRates: Rates
  readonly latency: Readonly<Record<string, Latency>>
}
export interface StreamResult {
  readonly topic: string
  readonly phases: Readonly<Record<Phase, PhaseResult>>
  /** Whether the identity held in every snapshot, and how many there were. */
  readonly identity: { readonly holds: boolean; readonly snapshots: number }
  readonly sections: Record<string, unknown>
}
/** Records of a second, by the time of the event; `inFlight` as it stands at its end. */
export interface SeriesStream
  extends Readonly<Record<Exclude<keyof Counts, 'pending'> | 'ackedBytes', number>> {
  /** µs over the answers that arrived in this second; absent where there were none. */
  readonly response?: SecondPercentiles
  readonly service?: SecondPercentiles
  readonly endToEnd?: SecondPercentiles
}
type SecondPercentiles = Readonly<Record<'p50' | 'p99' | 'max', number>>
export interface SeriesRow {
  /** The second that ends here, from 1; rows that were merged cover `seconds` of them. */
  readonly second: number
  readonly seconds: number
  readonly phase: Phase | 'drain'
  readonly streams: Readonly<Record<string, SeriesStream>>
  readonly generator: {
    /** Share of one core that the busiest worker thread used. */
    readonly cpu: number
    readonly eventLoopUtilization: number
    /** µs */
    readonly eventLoopDelayP99: number
    /** µs */
    readonly schedulingLagP99: number
    /** Bytes, of the process. */
    readonly rss: number
  }
}
export type Reason = { readonly code: string; readonly second?: number; readonly detail: string }
export interface Verdict {
  readonly state: 'valid' | 'tainted' | 'invalid'
  readonly limit: 'none' | 'broker' | 'generator'
  readonly reasons: readonly Reason[]
}
export interface ThresholdResult {
  readonly name: string
  readonly expression: string
  readonly value: Percentile | null
  readonly ok: boolean
}
export interface ResultData {
  readonly schema: typeof RESULT_SCHEMA
  readonly run: {
    readonly id: string
    readonly startedAt: string
    readonly durationMs: number
    readonly seed: number
    /** What the rates, producers and consumers as written were multiplied by. */
    readonly scale: number
    readonly command: string
    readonly versions: Readonly<Record<string, string>>
    /** `memory` in bytes. */
    readonly host: {
      readonly name: string
      readonly os: string
      readonly cores: number
      readonly memory: number
    }
    /** `embedded`: a test double, whose figures are the generator's ceiling and not Kafka's performance. */
    readonly broker: {
      readonly addresses: readonly string[]
      readonly embedded: boolean
      readonly version: string
    }
    readonly driver: string
    readonly threads: number
    /** Folder of the run's files. */
    readonly out: string
    /** Why it ended before its time. */
    readonly stopped?: string
    /** Wall clock against the monotonic clock over the run, µs. */
    readonly clockDriftUs: number
    /** Seconds that slow reporters did not see, all of them together. */
    readonly samplesMissed: number
    readonly config: unknown
  }
  readonly verdict: Verdict
  readonly streams: Readonly<Record<string, StreamResult>>
  readonly series: readonly SeriesRow[]
  readonly events: readonly (RunEvent & { readonly stream?: string })[]
  readonly metrics: Readonly<Record<string, unknown>>
  readonly sections: Record<string, unknown>
  readonly thresholds: readonly ThresholdResult[]
  readonly exitCode: number
}
/** The data, with what makes it readable by metric name. */
export interface Result extends ResultData {
  value(metric: string): Percentile | undefined
  metricSamples(): Iterable<MetricSample>
  histogram(name: string, stream: string, phase: Phase): HistogramView | undefined
  /** Worsens, never improves: 'violation' is exit 6, 'invalid' exit 5. */
  judge(verdict: 'violation' | 'invalid' | 'tainted', code: string, detail: string): void
  /** The plain document, as result.json holds it. */
  toJSON(): ResultData
}
