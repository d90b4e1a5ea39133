/** Main's account of one stream: the workers' parts added up, checked, and told as figures. */
import type { ResolvedStream } from '../config/types.ts'
import type { Counts, Latency, LatencyName, Percentiles, Phase, PhaseResult, Quantile } from '../result.ts'
import { QUANTILES, type Rates, type ScheduledPercentiles, type SeriesStream } from '../result.ts'
import { entry } from './entry.ts'
import { Histogram } from './histogram.ts'
import { COUNTERS, type Counter, type LedgerPart } from './ledger.ts'

export const PHASES = ['warmup', 'measure'] as const
/** Where a phase's figures stand in what the ledger counts by phase. */
const AT = { warmup: 0, measure: 1 } as const

/** What the series tells of a second: these counters' rise. */
const SERIES = ['scheduled', 'acked', 'failed', 'unknown', 'consumed', 'ackedBytes'] as const

type Histograms = readonly [warmup: Histogram, measure: Histogram]
const histograms = (): Histograms => [new Histogram(), new Histogram()]

export class StreamAccount {
  readonly config: ResolvedStream
  readonly #latest = new Map<number, LedgerPart>()
  readonly #run = new Map<string, Histograms>()
  #last: Readonly<Record<string, number>> = {}
  /** Snapshots checked, and the first one in which the identity did not hold. */
  snapshots = 0
  broken: string | undefined

  /** µs of a phase, so far as it went. */
  readonly #spanOf: (phase: Phase) => number

  constructor(config: ResolvedStream, spanOf: (phase: Phase) => number) {
    this.config = config
    this.#spanOf = spanOf
  }

  /** The parts of all workers for one second; answers its row, and its histograms. */
  add(parts: ReadonlyMap<number, LedgerPart>): { row: SeriesStream; second: Map<string, Histogram> } {
    const second = new Map<string, Histogram>()
    for (const [thread, part] of parts) {
      this.#latest.set(thread, part)
      for (const [name, [warmup, measure]] of Object.entries(part.latency)) {
        const run = entry(this.#run, name, histograms)
        run[0].add(warmup)
        run[1].add(measure)
        entry(second, name, () => new Histogram())
          .add(warmup)
          .add(measure)
      }
    }
    this.#check()
    return { row: this.#row(second), second }
  }

  /** scheduled = acked + failed + unknown + Σ dropped + pending + in-flight, to the record, in each phase. */
  #check(): void {
    this.snapshots++
    for (const phase of PHASES) {
      const c = this.counts(phase)
      const dropped = total(c.dropped)
      const sum = c.acked + c.failed + c.unknown + dropped + c.pending + c.inFlight
      if (c.scheduled === sum && c.pending >= 0) continue
      this.broken ??= `${this.config.name}, ${phase}: scheduled ${c.scheduled} is not ${sum} = acked ${c.acked} + failed ${c.failed} + unknown ${c.unknown} + dropped ${dropped} + pending ${c.pending} + in flight ${c.inFlight}`
    }
  }

  /** Every counter of a phase, added up over the workers. */
  #totals(phase: Phase): Record<Counter, number> {
    const parts = [...this.#latest.values()]
    const sum = (name: Counter) => parts.reduce((n, part) => n + part.counts[name][AT[phase]], 0)
    return Object.fromEntries(COUNTERS.map(name => [name, sum(name)])) as Record<Counter, number>
  }

  counts(phase: Phase): Counts {
    const { scheduled, generated, acked, failed, unknown, inFlight, consumed } = this.#totals(phase)
    const dropped: Record<string, number> = {}
    for (const part of this.#latest.values())
      for (const [reason, counts] of Object.entries(part.dropped))
        dropped[reason] = (dropped[reason] ?? 0) + counts[AT[phase]]
    return { scheduled, acked, failed, unknown, dropped, pending: scheduled - generated, inFlight, consumed }
  }

  #row(second: ReadonlyMap<string, Histogram>): SeriesStream {
    const now: Record<string, number> = {}
    let inFlight = 0
    for (const phase of PHASES) {
      const totals = { ...this.#totals(phase), dropped: total(this.counts(phase).dropped) }
      for (const name of [...SERIES, 'dropped'] as const) now[name] = (now[name] ?? 0) + totals[name]
      inFlight += totals.inFlight
    }
    const before = this.#last
    this.#last = now
    const rise = Object.entries(now).map(([name, n]) => [name, Math.round(n - (before[name] ?? 0))])
    const at = (name: LatencyName) => {
      const h = second.get(name)
      return h && h.count > 0 ? { [name]: { p50: h.quantile(0.5), p99: h.quantile(0.99), max: h.max } } : {}
    }
    const rest = { inFlight, ...at('response'), ...at('service'), ...at('endToEnd') }
    return { ...(Object.fromEntries(rise) as Record<(typeof SERIES)[number] | 'dropped', number>), ...rest }
  }

  histogram(name: string, phase: Phase): Histogram | undefined {
    return this.#run.get(name)?.[AT[phase]]
  }
  /** Both phases. */
  whole(name: string): Histogram | undefined {
    const both = this.#run.get(name)
    return both && new Histogram().merge(both[0]).merge(both[1])
  }

  phase(name: Phase): PhaseResult {
    const i = AT[name]
    const spanUs = this.#spanOf(name)
    const answers = this.config.producer.acks !== 0
    const open = this.config.rate.kind !== 'max'
    const t = this.#totals(name)
    const per = (n: number) => (spanUs > 0 ? (n * 1e6) / spanUs : 0)
    const parts = [...this.#latest.values()]
    const first = Math.min(...parts.map(p => p.firstEnqueued[i]))
    const last = Math.max(...parts.map(p => p.lastEnqueued[i]))
    // n records span n − 1 gaps
    const gaps = t.enqueued > 1 && last > first
    const attempted = gaps ? ((t.enqueued - 1) * 1e6) / (last - first) : per(t.enqueued)
    const mean = t.enqueued > 0 ? t.enqueuedBytes / t.enqueued : this.config.size
    const sends = this.config.producers !== 0
    const rates = (offered: number, tried: number, achieved: number, consumed: number): Rates => ({
      ...(sends && open ? { offered } : {}),
      ...(sends ? { attempted: tried } : {}),
      ...(sends && answers ? { achieved } : {}),
      ...(this.config.consumers.count > 0 ? { consumed } : {}),
    })
    const latency: Record<string, Latency> = {}
    // records were scheduled: their response time is a figure even when none was answered
    if (open && answers && t.scheduled > 0) entry(this.#run, 'response', histograms)
    for (const [metric, both] of this.#run) {
      const h = both[i]
      if (h.count + h.overflow + h.negative === 0 && (metric !== 'response' || t.scheduled === 0)) continue
      const scheduled = metric === 'response' ? { scheduled: this.#scheduled(name) } : {}
      latency[metric] = { acked: percentilesOf(h), ...scheduled, overflow: h.overflow, negative: h.negative }
    }
    const offered = per(this.config.rate.kind === 'fed' ? t.fedAt : t.scheduled)
    return {
      counts: this.counts(name),
      late: t.late,
      foreign: t.foreign,
      bytes: { acked: Math.round(t.ackedBytes), consumed: t.consumedBytes },
      batches: {
        count: t.batches,
        records: ratio(t.acked, t.batches),
        bytes: ratio(t.ackedBytes, t.batches),
      },
      rates: rates(offered, attempted, per(t.ackedAt), per(t.consumedAt)),
      byteRates: rates(offered * mean, attempted * mean, per(t.ackedBytesAt), per(t.consumedBytesAt)),
      latency,
    }
  }

  /** Response time over every scheduled record: those without an answer are infinite, or at least what they waited. */
  #scheduled(phase: Phase): ScheduledPercentiles {
    const c = this.counts(phase)
    const h = new Histogram()
    for (const part of this.#latest.values()) h.add(part.censored?.[AT[phase]])
    const response = this.histogram('response', phase)
    if (response) h.merge(response)
    const infinite = c.failed + c.unknown + c.pending + total(c.dropped) + h.overflow
    const max = infinite > 0 ? 'inf' : h.max
    return { ...quantiles(q => h.quantileOf(q, infinite)), max, infinite, censored: c.inFlight }
  }
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0)
}
function ratio(n: number, of: number): number {
  return of === 0 ? 0 : Math.round((n / of) * 100) / 100
}

function quantiles<T>(at: (q: number) => T): Record<Quantile, T> {
  return Object.fromEntries(Object.entries(QUANTILES).map(([p, q]) => [p, at(q)])) as Record<Quantile, T>
}
function percentilesOf(h: Histogram): Percentiles {
  const { count, max } = h
  return {
    ...{ count, min: count === 0 ? 0 : h.min, mean: Math.round(h.mean), max },
    ...quantiles(q => h.quantile(q)),
    // figures are asked for every second, the encoding once
    get hdr() {
      return h.encode()
    },
  }
}
