/** Runs that never ran: records with made-up times, through the engine's own ledger, collector and result. */
import type { Run, Snapshot, Terminal } from '../../core/api.ts'
import { monotonicClock } from '../../core/clock.ts'
import type { ResolvedConfig, ResolvedStream, ResolvedThreshold } from '../../core/config/types.ts'
import type { Plugin, PluginValue } from '../../core/define.ts'
import type { HeldBatch, Producer } from '../../core/driver.ts'
import type { RunEvent } from '../../core/events.ts'
import { Host } from '../../core/host.ts'
import { Collector } from '../../core/measure/collector.ts'
import type { GeneratorPart } from '../../core/measure/generator.ts'
import { Ledger } from '../../core/measure/ledger.ts'
import { MetricRegistry } from '../../core/measure/metrics.ts'
import { createResult, type Failures } from '../../core/outcome.ts'
import { openOutput } from '../../core/output.ts'
import type { RecordView } from '../../core/record.ts'
import type { Result } from '../../core/result.ts'

/** What becomes of a tick's records: `lost` is neither answered nor counted, `held` is never answered. */
export type Fate = 'acked' | 'failed' | 'unknown' | 'dropped' | 'lost' | 'held'

export interface StreamLoad {
  readonly topic?: string
  /** Records/s. @default 5000 */
  readonly rate?: number
  /** `rate: 'max'`: the records come at `rate` all the same. */
  readonly closed?: boolean
  readonly acks?: 0 | 1 | -1
  /** @default 1 */
  readonly consumers?: number
  /** Bytes of a value. @default 100 */
  readonly size?: number
  /** µs from t_enq to t_ack, by the tick's time in seconds. */
  readonly serviceUs?: (at: number) => number
  /** µs from t_sched to t_enq. */
  readonly lagUs?: (at: number) => number
  /** By the tick's time in seconds. */
  readonly fate?: (at: number) => Fate
  /** Records of others in the topic, read with the first tick. */
  readonly foreign?: number
  /** Records of others that it reads in the measured phase; it has no producers then. */
  readonly reads?: number
  /** The driver knows when a request was written. */
  readonly wire?: boolean
  readonly thresholds?: readonly ResolvedThreshold[]
}
export interface Load {
  readonly streams?: Readonly<Record<string, StreamLoad>>
  /** Seconds. @default 2 and 10 */
  readonly warmup?: number
  readonly duration?: number
  /** Seconds at which it was stopped, and why. */
  readonly stopped?: { readonly at: number; readonly why: string; readonly signal?: 'SIGINT' }
  readonly generator?: (second: number) => Partial<GeneratorPart>
  readonly embedded?: boolean
  readonly brokers?: readonly string[]
  readonly version?: string
  readonly allowTainted?: boolean
  readonly events?: readonly RunEvent[]
  readonly internal?: unknown
  readonly reports?: unknown
  readonly out?: string
}
export interface Simulated {
  readonly config: ResolvedConfig
  readonly result: Result
  readonly snapshots: readonly Snapshot[]
}

const TICK = 5000

/** Deterministic, in [0, 1). */
function noise(n: number): number {
  let x = Math.imul(Math.floor(n) ^ 0x9e3779b9, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
}
/** Lognormal, as service times are: most about the median, a long tail. */
export function lognormal(medianUs: number, sigma: number): (at: number) => number {
  return at => {
    const k = Math.round(at * 1e4)
    const normal = Math.sqrt(-2 * Math.log(1 - noise(k))) * Math.cos(2 * Math.PI * noise(k + 7_777_777))
    return Math.round(medianUs * Math.exp(sigma * normal))
  }
}
export function threshold(metric: string, op: ResolvedThreshold['op'], bound: number, written: string) {
  return { metric, op, bound, expression: `${op} ${written}`, phase: 'measure' } as const
}

export function configOf(load: Load): ResolvedConfig {
  const { warmup = 2, duration = 10, streams = { default: {} } } = load
  return {
    brokers: load.brokers ?? [],
    timeoutUs: 30e6,
    warmupUs: warmup * 1e6,
    durationUs: duration * 1e6,
    threads: 1,
    seed: 1,
    scale: 1,
    out: load.out ?? 'loadtest-results/2026-11-24T16-06-00-000Z',
    allowTainted: load.allowTainted ?? false,
    options: {},
    streams: Object.entries(streams).map(
      ([name, s]): ResolvedStream => ({
        name,
        topic: {
          name: s.topic ?? 'loadtest-3f2a1b0c',
          partitions: 12,
          existing: false,
          replicationFactor: 1,
          configs: {},
        },
        rate: s.closed
          ? { kind: 'max' }
          : {
              kind: 'stages',
              stages: [
                {
                  rate: s.reads === undefined ? (s.rate ?? 5000) : 0,
                  unit: 'records',
                  us: (warmup + duration) * 1e6,
                  ramp: false,
                },
              ],
            },
        size: s.size ?? 100,
        producers: s.reads === undefined ? 1 : 0,
        consumers: {
          count: s.consumers ?? 1,
          groups: 1,
          group: 'loadtest-3f2a1b0c',
          protocol: 'classic',
          isolation: 'read_uncommitted',
          from: 'latest',
        },
        producer: {
          acks: s.acks ?? -1,
          idempotent: false,
          compression: 'none',
          lingerUs: 5000,
          batchBytes: 65_536,
          maxInFlight: 5,
          connections: 1,
          batchRecords: 1_000_000,
          bufferBytes: 64 << 20,
          bufferRecords: 1e6,
          deliveryTimeoutUs: 30e6,
        },
        stamp: 'auto',
        plugins: [],
        thresholds: s.thresholds ?? [],
      }),
    ),
  }
}

/** A stream's worker: its records by the tick, as a driver would answer them. */
function worker(load: StreamLoad, settings: ResolvedStream, config: ResolvedConfig) {
  const open = settings.rate.kind !== 'max'
  const { rate = 5000, size = 100, wire = false } = load
  const serviceUs = load.serviceUs ?? lognormal(1400, 0.5)
  const lagUs = load.lagUs ?? lognormal(250, 0.4)
  const fate = load.fate ?? (() => 'acked')
  const ledger = new Ledger({
    measureFrom: config.warmupUs,
    measureTo: config.warmupUs + config.durationUs,
    open,
    answers: settings.producer.acks !== 0,
  })
  const scheduled: [number, number] = [0, 0]
  const held = new Map<number, HeldBatch>()
  const later: { at: number; act: () => void }[] = []
  for (let i = 0; i < (load.foreign ?? 0); i++)
    ledger.consume(recordOf(size, config.warmupUs + 1), Number.NaN)
  const producer = { held: (visit: (b: HeldBatch) => void) => held.forEach(visit) } as unknown as Producer
  const tick = (start: number) => {
    if (load.reads !== undefined) {
      const share = start < config.warmupUs ? 0 : (load.reads * TICK) / config.durationUs
      for (let i = 0; i < share; i++) ledger.consume(recordOf(size, start), Number.NaN)
      return
    }
    const count = Math.floor((rate * (start + TICK)) / 1e6) - Math.floor((rate * start) / 1e6)
    if (count === 0) return
    const at = start / 1e6
    const phase = ledger.phaseOf(start)
    const lag = open ? lagUs(at) : 0
    const scheduledAt = Float64Array.from({ length: count }, (_, i) => Math.floor(start + (i * TICK) / count))
    const enqueuedAt = scheduledAt.map(t => t + lag)
    scheduled[phase] += count
    ledger.counts.generated[phase] += count
    const state = fate(at)
    if (state === 'dropped') return ledger.drop('backlog', phase, count)
    for (let i = 0; i < count; i++)
      ledger.enqueue(phase, scheduledAt[i] as number, enqueuedAt[i] as number, size)
    if (state === 'lost') return
    held.set(start, { count, bytes: count * size, scheduledAt })
    if (state === 'held') return
    const sentAt = Math.max(...enqueuedAt)
    const ackedAt = sentAt + serviceUs(at)
    later.push({
      at: ackedAt,
      act: () => {
        held.delete(start)
        const wireAt = wire ? sentAt + 40 : Number.NaN
        const columns = { index: scheduledAt, scheduledAt, enqueuedAt, count, bytes: count * size }
        const place = { topic: settings.topic.name, partition: 0, producer: 0, baseSequence: 0 }
        const rest = { error: '', wireAt, ackedAt, baseOffset: 0, transaction: -1 }
        const known = settings.producer.acks === 0 ? 'unknown' : state
        ledger.outcome({ ...columns, ...place, ...rest, state: known })
      },
    })
    if (settings.consumers.count > 0 && state === 'acked')
      later.push({
        at: ackedAt + 600,
        act: () => {
          for (let i = 0; i < count; i++) {
            const [s, e] = [scheduledAt[i] as number, enqueuedAt[i] as number]
            ledger.consume(recordOf(size, ackedAt + 600, s, e), Number.NaN)
          }
        },
      })
  }
  return {
    ledger,
    part: (now: number) => ledger.part([...scheduled], [producer], now),
    /** All that happens between two times, in its order. */
    pass(from: number, to: number, sending: boolean) {
      for (let t = from; sending && t < to; t += TICK) tick(t)
      later.sort((a, b) => a.at - b.at)
      while (later.length > 0 && (later[0] as { at: number }).at <= to) later.shift()?.act()
    },
    get idle() {
      return later.length === 0
    },
  }
}

/** A whole run, second by second. */
export function simulate(load: Load = {}): Simulated {
  const config = configOf(load)
  const collector = new Collector(config, new MetricRegistry())
  const loads = Object.values(load.streams ?? { default: {} })
  const workers = loads.map((s, i) => worker(s, config.streams[i] as ResolvedStream, config))
  const end = Math.min(config.warmupUs + config.durationUs, (load.stopped?.at ?? 1e9) * 1e6)
  if (load.stopped) collector.stoppedAt = end
  const snapshots: Snapshot[] = []
  const calm = { cpu: 0.22, eventLoopUtilization: 0.31, eventLoopDelayP99: 1200, rss: 142 << 20 }
  for (let second = 1; ; second++) {
    const at = second * 1e6
    for (const w of workers) w.pass(at - 1e6, at, at <= end)
    const last = at >= end && (workers.every(w => w.idle) || second > end / 1e6 + 5)
    const events = second === 1 ? [...(load.events ?? [])] : []
    const generator = { ...calm, ...load.generator?.(second) }
    const streams = workers.map(w => w.part(at))
    snapshots.push(
      ...collector.add(
        { thread: 0, second, at, streams, generator, events, eventsLost: 0, metrics: {} },
        last,
      ),
    )
    if (last) break
  }
  return { config, snapshots, result: resultOf(load, config, collector, snapshots.length * 1e6) }
}

/** The report of a run that never came to traffic. */
export function failedStart(load: Load, error: unknown): Simulated {
  const config = configOf(load)
  const collector = new Collector(config, new MetricRegistry())
  return {
    config,
    snapshots: [],
    result: resultOf({ embedded: false, ...load, internal: error }, config, collector, 0),
  }
}

function resultOf(load: Load, config: ResolvedConfig, collector: Collector, durationUs: number): Result {
  const failures: Failures = {
    internal: load.internal === undefined ? [] : [load.internal],
    signal: load.stopped?.signal,
    reports: load.reports === undefined ? [] : [load.reports],
  }
  return createResult(
    collector,
    {
      durationUs,
      config: { ...config, id: '3f2a1b0c', startedAt: new Date('2026-11-24T16:06:00Z') },
      virtual: false,
      about: {
        clockDriftUs: 12,
        command: 'run',
        broker: {
          addresses: load.brokers ?? (load.embedded === false ? [] : ['127.0.0.1:41873']),
          embedded: load.embedded ?? load.brokers === undefined,
          version: load.version ?? '',
        },
        driver: load.internal === undefined ? 'kafkajs' : '',
        ...(load.stopped && { stopped: load.stopped.why }),
        samplesMissed: 0,
        config: {},
      },
    },
    failures,
  )
}

export interface Screen extends Terminal {
  readonly printed: string[]
  readonly drawn: string[]
}
export function screen(options: Partial<Terminal> = {}): Screen {
  const printed: string[] = []
  const drawn: string[] = []
  return {
    columns: 80,
    rows: 24,
    tty: true,
    colors: false,
    print: text => void printed.push(text),
    claim: () => text => void drawn.push(text),
    ...options,
    printed,
    drawn,
  }
}

/** A plugin registered in main (or a worker), with the engine's own taps and files. */
export function register(
  plugin: Plugin,
  config: ResolvedConfig,
  options: {
    readonly terminal?: Terminal
    readonly role?: 'main' | 'worker'
    readonly output?: Run['output']
  } = {},
): Host {
  const listed = {
    from: import.meta.url,
    key: plugin.name,
    value: plugin as PluginValue,
    path: 'plugins.0',
    origin: { label: 'test' },
  }
  const host = new Host({
    run: {
      role: options.role ?? 'main',
      thread: -1,
      config,
      terminal: options.terminal ?? screen(),
      log: { info: () => undefined, warn: () => undefined },
      output: options.output ?? ((name, o) => openOutput(config.out, name, o?.checkpoint)),
      client: () => Promise.reject(new Error('no driver')),
      abort: () => undefined,
    },
    merged: { plugins: [listed], streams: [] },
    clock: monotonicClock,
    fail: error => {
      throw error
    },
  })
  host.register()
  return host
}

function recordOf(
  valueLength: number,
  receivedAt: number,
  scheduledAt = Number.NaN,
  enqueuedAt = Number.NaN,
) {
  return { valueLength, receivedAt, scheduledAt, enqueuedAt, own: !Number.isNaN(scheduledAt) } as RecordView
}
