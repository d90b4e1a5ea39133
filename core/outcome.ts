/** What a run comes to: the result document, its verdict, its exit code. */
import { createRequire } from 'node:module'
import os from 'node:os'
import type { ResolvedConfig } from './config/types.ts'
import { messageOf } from './errors.ts'
import type { Collector } from './measure/collector.ts'
import { figureOf } from './measure/names.ts'
import { judgeGenerator } from './measure/verdict.ts'
import type { NamedConfig } from './naming.ts'
import {
  type Phase,
  RESULT_SCHEMA,
  type Reason,
  type Result,
  type ResultData,
  type StreamResult,
  type ThresholdResult,
  type Verdict,
} from './result.ts'
import { judgeThresholds } from './thresholds.ts'

type Described = ResultData['run']

/** What main knows of the run besides its figures. */
export interface Facts
  extends Pick<Described, 'clockDriftUs' | 'command' | 'broker' | 'driver' | 'samplesMissed'> {
  readonly durationUs: number
  readonly config: NamedConfig
  /** As written, without secrets. */
  readonly written: unknown
  readonly stopped: string | undefined
  readonly virtual: boolean
}

/** What went wrong, most specific first in the exit code. */
export interface Failures {
  /** A plugin or the engine broke: 70. */
  internal: unknown[]
  signal: 'SIGINT' | 'SIGTERM' | undefined
  /** Reporters that failed: 4. */
  reports: unknown[]
}

/** The document, and what reads it by metric name. Sections and verdict may still grow until it is reported. */
export class RunResult implements Result {
  readonly schema = RESULT_SCHEMA
  readonly run: Described
  readonly verdict: MutableVerdict
  readonly streams: Readonly<Record<string, StreamResult>>
  readonly series: ResultData['series']
  readonly events: ResultData['events']
  readonly sections: Record<string, unknown> = {}
  #violated = false
  #invalid = 0
  readonly #collector: Collector
  readonly #config: ResolvedConfig
  readonly #failures: Failures

  constructor(collector: Collector, facts: Facts, failures: Failures) {
    const { config, virtual, durationUs } = facts
    const { accounts, series, seconds, events, eventsLost } = collector
    this.#collector = collector
    this.#config = config
    this.#failures = failures
    this.series = series
    this.events = events
    const streams = accounts.map(({ config: { name, topic }, broken, snapshots }): [string, StreamResult] => {
      const phases = { warmup: collector.phase(name, 'warmup'), measure: collector.phase(name, 'measure') }
      const identity = { holds: broken === undefined && snapshots > 0, snapshots }
      return [name, { topic: topic.name, phases, identity, sections: {} }]
    })
    this.streams = Object.fromEntries(streams)
    const measured = Object.fromEntries(streams.map(([name, { phases }]) => [name, phases.measure]))
    const { state, limit, reasons } = judgeGenerator({ config, seconds, measured, virtual })
    this.verdict = { state, limit, reasons: [...reasons] }
    for (const error of failures.internal) this.judge('invalid', 'error', messageOf(error))
    for (const { config: stream } of accounts) {
      const { scheduled, acked } = measured[stream.name]?.counts ?? {}
      const answers = stream.producer.acks !== 0
      const none = !scheduled
        ? 'no record was due'
        : !acked && answers
          ? 'not one record was acked'
          : undefined
      if (none !== undefined)
        this.judge('invalid', 'nothing', `${stream.name}: ${none}, so nothing was measured`)
    }
    for (const { broken } of accounts)
      if (broken !== undefined) this.judge('invalid', 'identity', `the account does not close: ${broken}`)
    if (eventsLost > 0)
      events.push({ kind: 'note', at: durationUs, title: `${eventsLost} more events were not kept` })
    this.run = describeRun(facts)
  }

  get metrics(): Readonly<Record<string, unknown>> {
    const metrics: Record<string, unknown> = {}
    const registry = this.#collector.metrics
    for (const name of registry.names()) {
      if (registry.about(name)?.kind === 'collect') continue
      const h = registry.histogram(name)
      metrics[name] = h
        ? {
            count: h.count,
            min: h.count ? h.min : 0,
            max: h.max,
            p50: h.quantile(0.5),
            p99: h.quantile(0.99),
            hdr: h.encode(),
          }
        : registry.value(name)
    }
    return metrics
  }
  get thresholds(): readonly ThresholdResult[] {
    return judgeThresholds(this.#config.streams, metric => this.value(metric))
  }
  /** The most specific cause wins. */
  get exitCode(): number {
    const { internal, signal, reports } = this.#failures
    const { state } = this.verdict
    if (internal.length > 0) return 70
    if (signal) return signal === 'SIGINT' ? 130 : 143
    if (this.#violated) return 6
    if (state === 'invalid' || (state === 'tainted' && !this.#config.allowTainted)) return 5
    if (this.thresholds.some(t => !t.ok)) return 99
    return reports.length > 0 ? 4 : 0
  }

  value(metric: string) {
    return figureOf(this.#collector, metric)
  }
  metricSamples() {
    return this.#collector.samples()
  }
  histogram(name: string, stream: string, phase: Phase) {
    return this.#collector.histogram(name, stream, phase)
  }
  judge(state: 'violation' | 'invalid' | 'tainted', code: string, detail: string): void {
    if (state === 'violation') this.#violated = true
    else if (state === 'invalid' || this.verdict.state === 'valid') this.verdict.state = state
    // why nothing can be trusted comes before why the generator was late
    const at = state === 'invalid' ? this.#invalid++ : this.verdict.reasons.length
    this.verdict.reasons.splice(at, 0, { code, detail })
  }
  toJSON(): ResultData {
    const { schema, run, verdict, streams, series, events, metrics, sections, thresholds, exitCode } = this
    return { schema, run, verdict, streams, series, events, metrics, sections, thresholds, exitCode }
  }
}

type MutableVerdict = { -readonly [K in keyof Verdict]: Verdict[K] } & { reasons: Reason[] }

function describeRun(facts: Facts): Described {
  const { config, stopped, broker, driver, command, clockDriftUs, samplesMissed } = facts
  const { version } = createRequire(import.meta.url)('kafka-loadtest/package.json') as { version: string }
  return {
    id: config.id,
    startedAt: config.startedAt.toISOString(),
    durationMs: Math.round(facts.durationUs / 1000),
    seed: config.seed,
    command,
    versions: { 'kafka-loadtest': version, node: process.versions.node },
    host: {
      name: os.hostname(),
      os: `${os.type()} ${os.release()}`,
      cores: os.availableParallelism(),
      memory: os.totalmem(),
    },
    broker,
    driver,
    threads: config.threads,
    ...(stopped !== undefined && { stopped }),
    out: config.out,
    clockDriftUs,
    samplesMissed,
    config: facts.written,
  }
}
