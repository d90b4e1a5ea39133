/** A worker's account of one stream: counters that only rise, and recorders, both by phase. Index 0 is warm-up, 1 measure. */
import type { LatencyName } from '../config/types.ts'
import type { HeldBatch, Producer } from '../driver.ts'
import type { Acks } from '../record.ts'
import { type HistogramPart, Recorder } from './histogram.ts'

type Pair = [warmup: number, measure: number]
const pair = (): Pair => [0, 0]

/** What a worker tells main of a stream once a second; counts are totals, histograms what came since. */
export interface LedgerPart {
  readonly scheduled: Pair
  readonly generated: Pair
  readonly enqueued: Pair
  readonly enqueuedBytes: Pair
  readonly firstEnqueued: Pair
  readonly lastEnqueued: Pair
  readonly acked: Pair
  readonly failed: Pair
  readonly unknown: Pair
  readonly dropped: Readonly<Record<string, Pair>>
  readonly inFlight: Pair
  readonly inFlightBytes: number
  readonly late: number
  readonly ackedBytes: Pair
  readonly consumed: Pair
  readonly consumedBytes: Pair
  readonly foreign: number
  /** By the time of the event: warm-up, measure, drain. */
  readonly ackedAt: readonly [number, number, number]
  readonly ackedBytesAt: readonly [number, number, number]
  readonly consumedAt: readonly [number, number, number]
  readonly consumedBytesAt: readonly [number, number, number]
  readonly batches: number
  readonly latency: Readonly<Record<string, readonly [HistogramPart | undefined, HistogramPart | undefined]>>
  /** At the last snapshot: t_end − t_sched of what is still in flight. */
  readonly censored?: readonly [HistogramPart | undefined, HistogramPart | undefined]
}

export class Ledger {
  /** t_sched from which a record belongs to the measured phase, and where that ends, µs since t0. */
  readonly measureFrom: number
  readonly measureTo: number
  /** Closed: there is no schedule, so no figure that is counted from one. */
  readonly #open: boolean
  /** acks=0 has no answers: what is counted from one is absent. */
  readonly #answers: boolean
  generated = pair()
  enqueued = pair()
  enqueuedBytes = pair()
  firstEnqueued: Pair = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  lastEnqueued: Pair = [-1, -1]
  readonly #states = { acked: pair(), failed: pair(), unknown: pair() }
  readonly #ackedBytes = pair()
  readonly #dropped: Record<string, Pair> = {}
  readonly #consumed = pair()
  readonly #consumedBytes = pair()
  readonly #ackedAt: [number, number, number] = [0, 0, 0]
  readonly #ackedBytesAt: [number, number, number] = [0, 0, 0]
  readonly #consumedAt: [number, number, number] = [0, 0, 0]
  readonly #consumedBytesAt: [number, number, number] = [0, 0, 0]
  late = 0
  foreign = 0
  #batches = 0
  readonly #recorders = new Map<LatencyName, [Recorder, Recorder]>()
  readonly #lag: [Recorder, Recorder]

  constructor(options: { measureFrom: number; measureTo: number; open: boolean; answers: boolean }) {
    this.measureFrom = options.measureFrom
    this.measureTo = options.measureTo
    this.#open = options.open
    this.#answers = options.answers
    this.#lag = this.#recorder('schedulingLag')
  }

  phaseOf(scheduledAt: number): 0 | 1 {
    return scheduledAt < this.measureFrom ? 0 : 1
  }
  #when(at: number): 0 | 1 | 2 {
    return at < this.measureFrom ? 0 : at < this.measureTo ? 1 : 2
  }
  #recorder(name: LatencyName): [Recorder, Recorder] {
    let both = this.#recorders.get(name)
    if (both === undefined) {
      both = [new Recorder(), new Recorder()]
      this.#recorders.set(name, both)
    }
    return both
  }

  /** The driver accepted a record. */
  enqueue(phase: 0 | 1, scheduledAt: number, enqueuedAt: number, bytes: number): void {
    this.enqueued[phase]++
    this.enqueuedBytes[phase] += bytes
    if (enqueuedAt < this.firstEnqueued[phase]) this.firstEnqueued[phase] = enqueuedAt
    this.lastEnqueued[phase] = enqueuedAt
    if (this.#open) this.#lag[phase].record(enqueuedAt - scheduledAt)
  }

  drop(reason: string, phase: 0 | 1, records = 1): void {
    this.#dropped[reason] ??= pair()
    ;(this.#dropped[reason] as Pair)[phase] += records
  }

  /** A batch's outcome. Its t_sched rise, so the phases part it in two; failed records have no latency. */
  outcome(acks: Acks): void {
    const { count, scheduledAt, ackedAt } = acks
    let split = 0
    if ((scheduledAt[0] as number) < this.measureFrom) {
      split = count
      while (split > 0 && (scheduledAt[split - 1] as number) >= this.measureFrom) split--
    }
    const states = this.#states[acks.state]
    states[0] += split
    states[1] += count - split
    if (acks.state !== 'acked') return
    this.#batches++
    const when = this.#when(ackedAt)
    this.#ackedAt[when] += count
    this.#ackedBytesAt[when] += acks.bytes
    this.#ackedBytes[0] += (acks.bytes * split) / count
    this.#ackedBytes[1] += (acks.bytes * (count - split)) / count
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

  /** A record was read back; times are of the stamp, or NaN without one of this run. */
  consume(
    bytes: number,
    receivedAt: number,
    scheduledAt: number,
    enqueuedAt: number,
    appendedAt: number,
  ): void {
    const own = !Number.isNaN(scheduledAt)
    const phase = this.phaseOf(own ? scheduledAt : receivedAt)
    const when = this.#when(receivedAt)
    this.#consumed[phase]++
    this.#consumedBytes[phase] += bytes
    this.#consumedAt[when]++
    this.#consumedBytesAt[when] += bytes
    if (!own) {
      this.foreign++
      return
    }
    if (this.#open) this.#recorder('endToEnd')[phase].record(receivedAt - scheduledAt)
    this.#recorder('transport')[phase].record(receivedAt - enqueuedAt)
    if (!Number.isNaN(appendedAt))
      this.#recorder('consumerDelay')[phase].record(Math.round(receivedAt - appendedAt))
  }

  /** Everything, read in one synchronous turn; in-flight is counted here, by walking the drivers' batches. */
  part(scheduled: Pair, producers: readonly Producer[], cutAt?: number): LedgerPart {
    const inFlight = pair()
    let inFlightBytes = 0
    const censored = cutAt === undefined ? undefined : ([new Recorder(), new Recorder()] as const)
    const visit = (batch: HeldBatch) => {
      inFlightBytes += batch.bytes
      for (let i = 0; i < batch.count; i++) {
        const at = batch.scheduledAt[i] as number
        const phase = this.phaseOf(at)
        inFlight[phase]++
        if (cutAt !== undefined && this.#open) censored?.[phase].record(Math.max(0, cutAt - at))
      }
    }
    for (const producer of producers) producer.held(visit)
    const latency: Record<string, readonly [HistogramPart | undefined, HistogramPart | undefined]> = {}
    for (const [name, [warmup, measure]] of this.#recorders) latency[name] = [warmup.take(), measure.take()]
    const dropped: Record<string, Pair> = {}
    for (const [reason, counts] of Object.entries(this.#dropped)) dropped[reason] = [...counts]
    return {
      scheduled,
      generated: [...this.generated],
      enqueued: [...this.enqueued],
      enqueuedBytes: [...this.enqueuedBytes],
      firstEnqueued: [...this.firstEnqueued],
      lastEnqueued: [...this.lastEnqueued],
      acked: [...this.#states.acked],
      failed: [...this.#states.failed],
      unknown: [...this.#states.unknown],
      dropped,
      inFlight,
      inFlightBytes,
      late: this.late,
      ackedBytes: [...this.#ackedBytes],
      consumed: [...this.#consumed],
      consumedBytes: [...this.#consumedBytes],
      foreign: this.foreign,
      ackedAt: [...this.#ackedAt],
      ackedBytesAt: [...this.#ackedBytesAt],
      consumedAt: [...this.#consumedAt],
      consumedBytesAt: [...this.#consumedBytesAt],
      batches: this.#batches,
      latency,
      ...(censored ? { censored: [censored[0].take(), censored[1].take()] as const } : {}),
    }
  }
}
