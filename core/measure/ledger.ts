/** A worker's account of one stream: counters that only rise, and recorders, both by phase. Index 0 is warm-up, 1 measure. */
import type { HeldBatch, Producer } from '../driver.ts'
import type { Acks, RecordView } from '../record.ts'
import type { LatencyName } from '../result.ts'
import { type HistogramPart, Recorder } from './histogram.ts'

export type Pair = [warmup: number, measure: number]

/**
 * Counters by the phase of t_sched; those that end in At go by the time of the event, and have no drain.
 * `foreign`: consumed without a stamp of this run. `late`: answers for records that had their outcome already.
 */
export const COUNTERS = [
  ...(['scheduled', 'generated', 'enqueued', 'enqueuedBytes', 'inFlight'] as const),
  ...(['acked', 'ackedBytes', 'batches', 'failed', 'unknown', 'late'] as const),
  ...(['consumed', 'consumedBytes', 'foreign'] as const),
  ...(['ackedAt', 'ackedBytesAt', 'fedAt', 'consumedAt', 'consumedBytesAt'] as const),
] as const
export type Counter = (typeof COUNTERS)[number]
export type Counters = Readonly<Record<Counter, Pair>>

/** Recorders by phase, and what they took. */
type Recorders = readonly [warmup: Recorder, measure: Recorder]
type Parts = readonly [warmup: HistogramPart | undefined, measure: HistogramPart | undefined]
const recorders = (): Recorders => [new Recorder(), new Recorder()]
const take = ([warmup, measure]: Recorders): Parts => [warmup.take(), measure.take()]

/** What a worker tells main of a stream once a second; counts are totals, histograms what came since. */
export interface LedgerPart {
  readonly counts: Counters
  readonly dropped: Readonly<Record<string, Pair>>
  readonly firstEnqueued: Pair
  readonly lastEnqueued: Pair
  readonly latency: Readonly<Record<string, Parts>>
  /** now − t_sched of what is in flight; absent without a schedule. */
  readonly censored?: Parts
}

interface LedgerOptions {
  readonly measureFrom: number
  readonly measureTo: number
  readonly open: boolean
  readonly answers: boolean
  /** What another run wrote counts as consumed too. @default false */
  readonly all?: boolean
}

export class Ledger {
  /** t_sched from which a record belongs to the measured phase, and where that ends, µs since t0. */
  readonly measureFrom: number
  measureTo: number
  /** Closed: there is no schedule, so no figure that is counted from one. */
  readonly #open: boolean
  /** acks=0 has no answers: what is counted from one is absent. */
  readonly #answers: boolean
  readonly #all: boolean
  readonly counts = Object.fromEntries(COUNTERS.map((name): [Counter, Pair] => [name, [0, 0]])) as Counters
  readonly #dropped: Record<string, Pair> = {}
  readonly #firstEnqueued: Pair = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  readonly #lastEnqueued: Pair = [-1, -1]
  /** No Map: looking into one costs 15 ns a record. */
  readonly #recorders: { [Name in LatencyName]?: Recorders } = {}
  readonly #lag = this.#recorder('schedulingLag')

  constructor(options: LedgerOptions) {
    this.measureFrom = options.measureFrom
    this.#all = options.all ?? false
    this.measureTo = options.measureTo
    this.#open = options.open
    this.#answers = options.answers
  }

  phaseOf(scheduledAt: number): 0 | 1 {
    return scheduledAt < this.measureFrom ? 0 : 1
  }
  /** Counts by the time of the event; what comes after the last t_sched is the drain's, and in no rate. */
  #at(name: 'ackedAt' | 'consumedAt', at: number, records: number, bytes: number): void {
    if (at >= this.measureTo) return
    const phase = this.phaseOf(at)
    this.counts[name][phase] += records
    this.counts[name === 'ackedAt' ? 'ackedBytesAt' : 'consumedBytesAt'][phase] += bytes
  }
  #recorder(name: LatencyName): Recorders {
    return (this.#recorders[name] ??= recorders())
  }

  /** The driver accepted a record. */
  enqueue(phase: 0 | 1, scheduledAt: number, enqueuedAt: number, bytes: number): void {
    this.counts.enqueued[phase]++
    this.counts.enqueuedBytes[phase] += bytes
    if (enqueuedAt < this.#firstEnqueued[phase]) this.#firstEnqueued[phase] = enqueuedAt
    this.#lastEnqueued[phase] = enqueuedAt
    if (this.#open) this.#lag[phase].record(enqueuedAt - scheduledAt)
  }

  drop(reason: string, phase: 0 | 1, records = 1): void {
    const counts = (this.#dropped[reason] ??= [0, 0])
    counts[phase] += records
  }

  /** A batch's outcome. Its t_sched rise, so the phases part it in two; failed records have no latency. */
  outcome(acks: Acks): void {
    const { count, scheduledAt, ackedAt } = acks
    if (count === 0) return
    let split = 0
    if ((scheduledAt[0] as number) < this.measureFrom) {
      split = count
      while (split > 0 && (scheduledAt[split - 1] as number) >= this.measureFrom) split--
    }
    const { counts } = this
    const states = counts[acks.state]
    states[0] += split
    states[1] += count - split
    if (acks.state !== 'acked') return
    counts.batches[split > count / 2 ? 0 : 1]++
    this.#at('ackedAt', ackedAt, count, acks.bytes)
    counts.ackedBytes[0] += (acks.bytes * split) / count
    counts.ackedBytes[1] += (acks.bytes * (count - split)) / count
    if (!this.#answers) return
    this.#runs('service', acks.enqueuedAt, ackedAt, split, count)
    if (this.#open) this.#runs('response', scheduledAt, ackedAt, split, count)
    if (!Number.isNaN(acks.wireAt)) {
      const request = this.#recorder('request')
      if (split > 0) request[0].record(ackedAt - acks.wireAt, split)
      if (count > split) request[1].record(ackedAt - acks.wireAt, count - split)
      this.#runs('clientQueue', acks.enqueuedAt, acks.wireAt, split, count)
    }
  }

  /** Records `end − starts[i]` for a batch, equal neighbours in one go: t_enq is read once per slice. */
  #runs(name: LatencyName, starts: Float64Array, end: number, split: number, count: number): void {
    const both = this.#recorder(name)
    for (let i = 0; i < count; ) {
      const start = starts[i] as number
      const limit = i < split ? split : count
      let j = i + 1
      while (j < limit && starts[j] === start) j++
      both[i < split ? 0 : 1].record(end - start, j - i)
      i = j
    }
  }

  /** A record was read back; `appendedAt`: NaN unless the broker told; `timed`: it was written on a schedule. */
  consume(record: RecordView, appendedAt: number, timed = this.#open): void {
    const { own, scheduledAt, enqueuedAt, receivedAt } = record
    const bytes = Math.max(0, record.valueLength)
    const phase = this.phaseOf(own ? scheduledAt : receivedAt)
    const { counts } = this
    if (!own) counts.foreign[phase]++
    // another run's; without a stamp it may be ours
    if (record.stamped && !own && !this.#all) return
    counts.consumed[phase]++
    counts.consumedBytes[phase] += bytes
    this.#at('consumedAt', receivedAt, 1, bytes)
    if (!own) return
    if (timed) this.#recorder('endToEnd')[phase].record(receivedAt - scheduledAt)
    this.#recorder('transport')[phase].record(receivedAt - enqueuedAt)
    if (!Number.isNaN(appendedAt))
      this.#recorder('consumerDelay')[phase].record(Math.round(receivedAt - appendedAt))
  }

  /**
   * Everything, read in one synchronous turn; in-flight is counted here, by walking the drivers' batches. The columns
   * are the ledger's own: valid until the next record, so post them in the same turn.
   */
  part(scheduled: Pair, producers: readonly Producer[], now: number): LedgerPart {
    const { counts } = this
    counts.scheduled.splice(0, 2, ...scheduled)
    counts.inFlight.fill(0)
    const censored = this.#open ? recorders() : undefined
    const visit = (batch: HeldBatch) => {
      for (let i = 0; i < batch.count; i++) {
        const at = batch.scheduledAt[i] as number
        const phase = this.phaseOf(at)
        counts.inFlight[phase]++
        censored?.[phase].record(Math.max(0, now - at))
      }
    }
    for (const producer of producers) producer.held(visit)
    return {
      counts,
      dropped: this.#dropped,
      firstEnqueued: this.#firstEnqueued,
      lastEnqueued: this.#lastEnqueued,
      latency: Object.fromEntries(Object.entries(this.#recorders).map(([name, both]) => [name, take(both)])),
      ...(censored ? { censored: take(censored) } : {}),
    }
  }
}
