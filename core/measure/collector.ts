/** Parts of all workers → one snapshot a second, in order, and the series. */
import type { HistogramView, MetricSample, Snapshot } from '../api.ts'
import type { ResolvedConfig } from '../config/types.ts'
import type { RunEvent } from '../events.ts'
import type { Events } from '../host.ts'
import type { WorkerPart } from '../messages.ts'
import type { Phase, PhaseResult, SeriesRow, SeriesStream } from '../result.ts'
import { StreamAccount } from './account.ts'
import { entry } from './entry.ts'
import type { GeneratorPart } from './generator.ts'
import { Histogram } from './histogram.ts'
import type { LedgerPart } from './ledger.ts'
import type { MetricRegistry } from './metrics.ts'
import { figureOf } from './names.ts'
import { Seconds } from './verdict.ts'

const SERIES_ROWS = 3600
const EVENTS = 10_000

export class Collector {
  readonly accounts: readonly StreamAccount[]
  readonly metrics: MetricRegistry
  readonly series: SeriesRow[] = []
  readonly seconds = new Seconds()
  readonly events: (RunEvent & { readonly stream?: string })[] = []
  eventsLost = 0
  readonly #config: ResolvedConfig
  readonly #waiting = new Map<number, Map<number, WorkerPart>>()
  /** The second of each worker's last part. */
  readonly #done = new Map<number, number>()
  #next = 1
  #fresh: RunEvent[] = []
  /** µs since t0 at which the schedule was cut. */
  stoppedAt = Number.POSITIVE_INFINITY

  constructor(config: ResolvedConfig, metrics: MetricRegistry) {
    this.#config = config
    this.metrics = metrics
    this.accounts = config.streams.map(s => new StreamAccount(s))
  }

  get streams(): readonly string[] {
    return this.#config.streams.map(s => s.name)
  }

  addEvents({ events, eventsLost }: Events): void {
    for (const { stream, event } of events) {
      this.#fresh.push(event)
      if (this.events.length < EVENTS) this.events.push(stream === undefined ? event : { ...event, stream })
      else this.eventsLost++
    }
    this.eventsLost += eventsLost
  }

  /** Takes a worker's part; answers the snapshots that are complete with it. `final`: the worker's last. */
  add(part: WorkerPart, final: boolean): Snapshot[] {
    entry(this.#waiting, part.second, () => new Map()).set(part.thread, part)
    if (final) this.#done.set(part.thread, part.second)
    return this.#flush()
  }
  /** A worker that will say nothing more. */
  lost(thread: number): Snapshot[] {
    if (!this.#done.has(thread)) this.#done.set(thread, this.#next - 1)
    return this.#flush()
  }

  #flush(): Snapshot[] {
    const snapshots: Snapshot[] = []
    for (;;) {
      const parts = this.#waiting.get(this.#next)
      if (parts === undefined) return snapshots
      for (let t = 0; t < this.#config.threads; t++) {
        if (!parts.has(t) && (this.#done.get(t) ?? Number.POSITIVE_INFINITY) >= this.#next) return snapshots
      }
      this.#waiting.delete(this.#next)
      snapshots.push(this.#snapshot(this.#next++, parts))
    }
  }

  #snapshot(second: number, parts: ReadonlyMap<number, WorkerPart>): Snapshot {
    const all = [...parts.values()]
    for (const part of all) {
      this.metrics.add(part.thread, part.metrics)
      this.addEvents(part)
    }
    const streams: Record<string, SeriesStream> = {}
    const windows = new Map<string, Map<string, Histogram>>()
    const lag = new Histogram()
    this.accounts.forEach((account, i) => {
      const own = new Map(all.map(part => [part.thread, part.streams[i] as LedgerPart]))
      const { row, second: window } = account.add(own)
      streams[account.config.name] = row
      windows.set(account.config.name, window)
      const late = window.get('schedulingLag')
      if (late) lag.merge(late)
    })
    const phase = this.phaseAt(second * 1e6)
    const generator = {
      ...all.map(part => part.generator).reduce(worst),
      schedulingLagP99: lag.count === 0 ? 0 : lag.quantile(0.99),
    }
    const row: SeriesRow = { second, seconds: 1, phase, streams, generator }
    this.series.push(row)
    this.seconds.add(row)
    if (this.series.length > SERIES_ROWS) thin(this.series)
    const events = this.#fresh
    this.#fresh = []
    const { warmupUs, durationUs } = this.#config
    return {
      second,
      phase,
      elapsedUs: Math.max(...all.map(part => part.at)),
      totalUs: warmupUs + durationUs,
      row,
      events,
      value: metric => figureOf(this, metric),
      metrics: () => this.samples(),
      histogram: (name, { stream, window }) =>
        window === 'second' ? windows.get(stream)?.get(name) : this.account(stream)?.whole(name),
    }
  }

  phaseAt(endUs: number): Phase | 'drain' {
    const { warmupUs, durationUs } = this.#config
    return endUs <= warmupUs ? 'warmup' : endUs <= warmupUs + durationUs ? 'measure' : 'drain'
  }
  account(stream: string): StreamAccount | undefined {
    return this.accounts.find(a => a.config.name === stream)
  }
  phase(stream: string, phase: Phase): PhaseResult {
    const account = this.account(stream)
    if (account === undefined) throw new RangeError(`no stream ${stream}`)
    const { warmupUs, durationUs } = this.#config
    const end = Math.min(this.stoppedAt, warmupUs + durationUs)
    return account.phase(phase, phase === 'warmup' ? Math.min(warmupUs, end) : Math.max(0, end - warmupUs))
  }
  histogram(name: string, stream: string, phase: Phase): HistogramView | undefined {
    return this.account(stream)?.histogram(name, phase)
  }

  *samples(): Generator<MetricSample> {
    for (const stream of this.streams) {
      for (const phase of ['warmup', 'measure'] as const) {
        const p = this.phase(stream, phase)
        const about = { stream, phase, help: '' }
        const { dropped, ...counts } = p.counts
        const reasons = Object.fromEntries(Object.entries(dropped).map(([why, n]) => [`dropped.${why}`, n]))
        const figures = [
          ['count', 'counter', 'records', { ...counts, ...reasons }],
          ['rate', 'gauge', 'records/s', p.rates],
          ['byteRate', 'gauge', 'bytes/s', p.byteRates],
        ] as const
        for (const [stat, kind, unit, values] of figures)
          for (const [name, value] of Object.entries(values))
            yield { ...about, name: `${name}.${stat}`, kind, unit, value }
        for (const [name, latency] of Object.entries(p.latency))
          yield { ...about, name, kind: 'histogram', unit: 'µs', value: latency.acked.p99 }
      }
    }
    for (const { histogram, ...sample } of this.metrics.figures()) {
      const value = histogram ? histogram.quantile(0.99) : sample.value
      if (typeof value === 'number') yield { ...sample, value }
    }
  }
}

/** Halves the older half: neighbours add up. Percentiles do not add up, so merged rows have none. */
function thin(series: SeriesRow[]): void {
  const old = series.splice(0, Math.floor(series.length / 4) * 2)
  const merged: SeriesRow[] = []
  for (let i = 0; i + 1 < old.length; i += 2)
    merged.push(mergeRows(old[i] as SeriesRow, old[i + 1] as SeriesRow))
  series.unshift(...merged)
}
function mergeRows(a: SeriesRow, b: SeriesRow): SeriesRow {
  const streams = Object.entries(b.streams).map(([stream, y]) => {
    const x = a.streams[stream] as SeriesStream
    return [stream, numbers(y, (name, n) => (name === 'inFlight' ? n : n + x[name]))]
  })
  const seconds = a.seconds + b.seconds
  return { ...b, seconds, streams: Object.fromEntries(streams), generator: worst(a.generator, b.generator) }
}
function worst<T extends GeneratorPart>(a: T, b: T): T {
  return numbers(b, (name, n) => Math.max(n, a[name] as number))
}
/** The same object with its numbers alone, each as `fn` has it. */
function numbers<T extends object>(of: T, fn: (name: NumberKey<T>, n: number) => number): T {
  const all = Object.entries(of).filter(([, value]) => typeof value === 'number') as [NumberKey<T>, number][]
  return Object.fromEntries(all.map(([name, n]) => [name, fn(name, n)])) as T
}
type NumberKey<T> = { [K in keyof T]-?: T[K] extends number ? K : never }[keyof T]
