/** Parts of all workers → one snapshot a second, in order, and the series. */
import type { MetricSample, Snapshot } from '../api.ts'
import type { ResolvedConfig } from '../config/types.ts'
import type { RunEvent } from '../events.ts'
import type { Events } from '../host.ts'
import type { WorkerPart } from '../messages.ts'
import type { Phase, SeriesRow, SeriesStream } from '../result.ts'
import { PHASES, StreamAccount } from './account.ts'
import { entry } from './entry.ts'
import type { GeneratorPart } from './generator.ts'
import { Histogram } from './histogram.ts'
import type { LedgerPart } from './ledger.ts'
import type { MetricRegistry } from './metrics.ts'
import { figureOf } from './names.ts'
import { Seconds } from './verdict.ts'

const SERIES_ROWS = 3600
const EVENTS = 10_000
/** In place of a worker's number. */
const MAIN = -1

export class Collector {
  /** By the stream's name. */
  readonly accounts: ReadonlyMap<string, StreamAccount>
  readonly metrics: MetricRegistry
  readonly series: SeriesRow[] = []
  readonly seconds = new Seconds()
  readonly events: Events['events'] = []
  eventsLost = 0
  /** µs since t0 at which the schedule was cut. */
  stoppedAt = Number.POSITIVE_INFINITY
  readonly #config: ResolvedConfig
  readonly #waiting = new Map<number, Map<number, WorkerPart>>()
  /** The second of each worker's last part. */
  readonly #done = new Map<number, number>()
  #next = 1
  #fresh: RunEvent[] = []

  constructor(config: ResolvedConfig, metrics: MetricRegistry) {
    this.#config = config
    this.metrics = metrics
    const spanOf = (phase: Phase) => this.#spanOf(phase)
    this.accounts = new Map(config.streams.map(s => [s.name, new StreamAccount(s, spanOf)]))
  }

  /** µs of the schedule that belong to a phase. */
  #spanOf(phase: Phase): number {
    const { warmupUs, durationUs } = this.#config
    const end = Math.min(this.stoppedAt, warmupUs + durationUs)
    return phase === 'warmup' ? Math.min(warmupUs, end) : Math.max(0, end - warmupUs)
  }

  addEvents({ events, eventsLost }: Events): void {
    const room = EVENTS - this.events.length
    this.#fresh.push(...events)
    this.events.push(...events.slice(0, room))
    this.eventsLost += eventsLost + Math.max(0, events.length - room)
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

  /** What plugins count and set in main. */
  addOwn(): void {
    this.metrics.add(MAIN, this.metrics.takeOwn())
  }

  #snapshot(second: number, parts: ReadonlyMap<number, WorkerPart>): Snapshot {
    const all = [...parts.values()]
    this.addOwn()
    for (const part of all) {
      this.metrics.add(part.thread, part.metrics)
      this.addEvents(part)
    }
    const streams: Record<string, SeriesStream> = {}
    const windows = new Map<string, Map<string, Histogram>>()
    const lag = new Histogram()
    for (const [i, [name, account]] of [...this.accounts].entries()) {
      const own = new Map(all.map(part => [part.thread, part.streams[i] as LedgerPart]))
      const { row, second: window } = account.add(own)
      streams[name] = row
      windows.set(name, window)
      const late = window.get('schedulingLag')
      if (late) lag.merge(late)
    }
    const { warmupUs, durationUs } = this.#config
    const [totalUs, ends] = [warmupUs + durationUs, second * 1e6]
    // a second in which the run was stopped has a part of the schedule
    const over = ends > totalUs || ends - 1e6 >= this.stoppedAt
    const phase = over ? 'drain' : ends <= warmupUs ? 'warmup' : 'measure'
    const generator = {
      ...all.map(part => part.generator).reduce(worst),
      schedulingLagP99: lag.quantile(0.99),
    }
    const row: SeriesRow = { second, seconds: 1, phase, streams, generator }
    this.series.push(row)
    this.seconds.add(row)
    if (this.series.length > SERIES_ROWS) thin(this.series)
    const events = this.#fresh
    this.#fresh = []
    return {
      second,
      phase,
      elapsedUs: Math.max(...all.map(part => part.at)),
      totalUs: Math.min(this.stoppedAt, totalUs),
      row,
      events,
      value: metric => figureOf(this, metric),
      metrics: () => this.samples(),
      histogram: (name, { stream, window }) =>
        window === 'second' ? windows.get(stream)?.get(name) : this.accounts.get(stream)?.whole(name),
    }
  }

  *samples(): Generator<MetricSample> {
    for (const [stream, account] of this.accounts) {
      for (const phase of PHASES) {
        const { counts, rates, byteRates, latency } = account.phase(phase)
        const { dropped, ...rest } = counts
        const reasons = Object.fromEntries(Object.entries(dropped).map(([why, n]) => [`dropped.${why}`, n]))
        const figures = [
          ['count', 'counter', 'records', { ...rest, ...reasons }],
          ['rate', 'gauge', 'records/s', rates],
          ['byteRate', 'gauge', 'bytes/s', byteRates],
        ] as const
        const about = { stream, phase, help: '' }
        for (const [stat, kind, unit, values] of figures)
          for (const [name, value] of Object.entries(values))
            yield { ...about, name: `${name}.${stat}`, kind, unit, value }
        for (const [name, { acked }] of Object.entries(latency))
          yield { ...about, name, kind: 'histogram', unit: 'µs', value: acked.p99 }
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
