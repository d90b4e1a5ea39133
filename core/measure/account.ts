/** Main's account of one stream: the workers' parts added up, checked, and told as figures. */
import type { LatencyName, ResolvedStream } from '../config/types.ts'
import type {
  Latency,
  Percentiles,
  Phase,
  PhaseResult,
  Rates,
  ScheduledPercentiles,
  SeriesStream,
} from '../result.ts'
import { Histogram, type HistogramPart } from './histogram.ts'
import type { LedgerPart } from './ledger.ts'

const PHASES = ['warmup', 'measure'] as const
const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999, p9999: 0.9999 } as const

type Latest = ReadonlyMap<number, LedgerPart>

export class StreamAccount {
  readonly config: ResolvedStream
  readonly #latest = new Map<number, LedgerPart>()
  readonly #run = new Map<string, [Histogram, Histogram]>()
  readonly #censored: [Histogram, Histogram] = [new Histogram(), new Histogram()]
  #last: SeriesTotals = {
    scheduled: 0,
    acked: 0,
    failed: 0,
    unknown: 0,
    dropped: 0,
    consumed: 0,
    ackedBytes: 0,
  }
  /** Snapshots checked, and the first one in which the identity did not hold. */
  snapshots = 0
  broken: string | undefined

  constructor(config: ResolvedStream) {
    this.config = config
  }

  /** The parts of all workers for one second; answers its row, and its histograms. */
  add(parts: ReadonlyMap<number, LedgerPart>): { row: SeriesStream; second: Map<string, Histogram> } {
    const second = new Map<string, Histogram>()
    for (const [thread, part] of parts) {
      this.#latest.set(thread, part)
      for (const [name, both] of Object.entries(part.latency)) this.#record(name, both, second)
      if (part.censored) for (const i of [0, 1] as const) this.#censored[i].add(part.censored[i])
    }
    this.#check()
    return { row: this.#row(second), second }
  }

  #record(
    name: string,
    both: readonly [HistogramPart | undefined, HistogramPart | undefined],
    second: Map<string, Histogram>,
  ): void {
    let run = this.#run.get(name)
    if (run === undefined) this.#run.set(name, (run = [new Histogram(), new Histogram()]))
    run[0].add(both[0])
    run[1].add(both[1])
    let now = second.get(name)
    if (now === undefined) second.set(name, (now = new Histogram()))
    now.add(both[0]).add(both[1])
  }

  /** scheduled = acked + failed + unknown + Σ dropped + pending + in-flight, to the record, in each phase. */
  #check(): void {
    this.snapshots++
    for (const phase of [0, 1] as const) {
      const c = this.counts(phase)
      const dropped = Object.values(c.dropped).reduce((a, b) => a + b, 0)
      const sum = c.acked + c.failed + c.unknown + dropped + c.pending + c.inFlight
      if (c.scheduled === sum && c.pending >= 0) continue
      this.broken ??= `${this.config.name}, ${PHASES[phase]}: scheduled ${c.scheduled} is not ${sum} = acked ${c.acked} + failed ${c.failed} + unknown ${c.unknown} + dropped ${dropped} + pending ${c.pending} + in flight ${c.inFlight}`
    }
  }

  #sum(pick: (part: LedgerPart) => number): number {
    return sum(this.#latest, pick)
  }

  counts(phase: 0 | 1) {
    const dropped: Record<string, number> = {}
    for (const part of this.#latest.values())
      for (const [reason, counts] of Object.entries(part.dropped))
        dropped[reason] = (dropped[reason] ?? 0) + counts[phase]
    const scheduled = this.#sum(p => p.scheduled[phase])
    return {
      scheduled,
      acked: this.#sum(p => p.acked[phase]),
      failed: this.#sum(p => p.failed[phase]),
      unknown: this.#sum(p => p.unknown[phase]),
      dropped,
      pending: scheduled - this.#sum(p => p.generated[phase]),
      inFlight: this.#sum(p => p.inFlight[phase]),
      consumed: this.#sum(p => p.consumed[phase]),
    }
  }

  #row(second: Map<string, Histogram>): SeriesStream {
    const both = [this.counts(0), this.counts(1)]
    const total = (pick: (c: ReturnType<StreamAccount['counts']>) => number) =>
      both.reduce((n, c) => n + pick(c), 0)
    const now = {
      scheduled: total(c => c.scheduled),
      acked: total(c => c.acked),
      failed: total(c => c.failed),
      unknown: total(c => c.unknown),
      dropped: total(c => Object.values(c.dropped).reduce((a, b) => a + b, 0)),
      consumed: total(c => c.consumed),
      ackedBytes: Math.round(this.#sum(p => p.ackedBytes[0] + p.ackedBytes[1])),
    }
    const before = this.#last
    this.#last = now
    const row = Object.fromEntries(
      Object.entries(now).map(([name, n]) => [name, n - before[name as keyof typeof before]]),
    ) as unknown as SeriesTotals
    const at = (name: LatencyName) => {
      const h = second.get(name)
      return h && h.count > 0 ? { [name]: { p50: h.quantile(0.5), p99: h.quantile(0.99), max: h.max } } : {}
    }
    return {
      ...row,
      inFlight: total(c => c.inFlight),
      ...at('response'),
      ...at('service'),
      ...at('endToEnd'),
    }
  }

  histogram(name: string, phase: Phase): Histogram | undefined {
    return this.#run.get(name)?.[phase === 'warmup' ? 0 : 1]
  }
  /** Both phases. */
  whole(name: string): Histogram | undefined {
    const both = this.#run.get(name)
    return both && new Histogram().merge(both[0]).merge(both[1])
  }

  phase(name: Phase, spanUs: number): PhaseResult {
    const i = name === 'warmup' ? 0 : 1
    const { acks } = this.config.producer
    const open = this.config.rate.kind !== 'max'
    const counts = this.counts(i)
    const seconds = spanUs / 1e6
    const per = (n: number) => (seconds > 0 ? n / seconds : 0)
    const enqueued = this.#sum(p => p.enqueued[i])
    const first = Math.min(...[...this.#latest.values()].map(p => p.firstEnqueued[i]))
    const last = Math.max(...[...this.#latest.values()].map(p => p.lastEnqueued[i]))
    // n records span n − 1 gaps
    const attempted = enqueued > 1 && last > first ? ((enqueued - 1) * 1e6) / (last - first) : per(enqueued)
    const meanBytes = enqueued > 0 ? this.#sum(p => p.enqueuedBytes[i]) / enqueued : this.config.size
    const rates: Rates = {
      ...(open ? { offered: per(counts.scheduled) } : {}),
      attempted,
      ...(acks === 0 ? {} : { achieved: per(this.#sum(p => p.ackedAt[i])) }),
      consumed: per(this.#sum(p => p.consumedAt[i])),
    }
    const byteRates: Rates = {
      ...(open ? { offered: per(counts.scheduled) * meanBytes } : {}),
      attempted: attempted * meanBytes,
      ...(acks === 0 ? {} : { achieved: per(this.#sum(p => p.ackedBytesAt[i])) }),
      consumed: per(this.#sum(p => p.consumedBytesAt[i])),
    }
    const latency: Record<string, Latency> = {}
    for (const [metric, both] of this.#run) {
      const h = both[i]
      if (h.count + h.overflow + h.negative === 0) continue
      latency[metric] = {
        acked: percentilesOf(h),
        ...(metric === 'response' ? { scheduled: this.scheduled(i) } : {}),
        overflow: h.overflow,
        negative: h.negative,
      }
    }
    return {
      counts,
      bytes: {
        acked: Math.round(this.#sum(p => p.ackedBytes[i])),
        consumed: this.#sum(p => p.consumedBytes[i]),
      },
      rates,
      byteRates,
      latency,
    }
  }

  /** Response time over every scheduled record: those without an answer are infinite, or at least what they waited. */
  scheduled(phase: 0 | 1): ScheduledPercentiles {
    const c = this.counts(phase)
    const h = new Histogram()
    const response = this.#run.get('response')?.[phase]
    if (response) h.merge(response)
    h.merge(this.#censored[phase])
    const overflow = (response?.overflow ?? 0) + this.#censored[phase].overflow
    const infinite =
      c.failed + c.unknown + c.pending + overflow + Object.values(c.dropped).reduce((a, b) => a + b, 0)
    const at = Object.fromEntries(Object.entries(QUANTILES).map(([p, q]) => [p, h.quantileOf(q, infinite)]))
    return { ...(at as Omit<ScheduledPercentiles, 'infinite' | 'censored'>), infinite, censored: c.inFlight }
  }
}

interface SeriesTotals {
  scheduled: number
  acked: number
  failed: number
  unknown: number
  dropped: number
  consumed: number
  ackedBytes: number
}

function sum(latest: Latest, pick: (part: LedgerPart) => number): number {
  let n = 0
  for (const part of latest.values()) n += pick(part)
  return n
}

function percentilesOf(h: Histogram): Percentiles {
  const at = Object.fromEntries(
    Object.entries(QUANTILES).map(([p, q]) => [p, h.count === 0 ? 0 : h.quantile(q)]),
  )
  return {
    count: h.count,
    min: h.count === 0 ? 0 : h.min,
    mean: Math.round(h.mean),
    ...(at as Pick<Percentiles, keyof typeof QUANTILES>),
    max: h.max,
    hdr: h.encode(),
  }
}
