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
  type Result,
  type ResultData,
  type StreamResult,
  type ThresholdResult,
  type Verdict,
} from './result.ts'
import { judgeThresholds } from './thresholds.ts'

export interface Facts {
  readonly durationUs: number
  readonly clockDriftUs: number
  readonly command: string
  readonly config: NamedConfig
  /** As written, without secrets. */
  readonly written: unknown
  readonly broker: ResultData['run']['broker']
  readonly driver: string
  readonly stopped: string | undefined
  readonly virtual: boolean
  /** Snapshots that slow `sample` taps did not see. */
  readonly samplesMissed: number
}

/** What went wrong, most specific first in the exit code. */
export interface Failures {
  /** A plugin or the engine broke: 70. */
  internal: unknown[]
  signal: 'SIGINT' | 'SIGTERM' | undefined
  /** Reporters that failed: 4. */
  reports: unknown[]
}

/** The exit code of a run that has a result; the most specific cause wins. */
function exitCodeOf(failures: Failures, run: RunResult, allowTainted: boolean): number {
  if (failures.internal.length > 0) return 70
  if (failures.signal) return failures.signal === 'SIGINT' ? 130 : 143
  if (run.violated) return 6
  if (run.verdict.state === 'invalid' || (run.verdict.state === 'tainted' && !allowTainted)) return 5
  if (run.thresholds.some(t => !t.ok)) return 99
  return failures.reports.length > 0 ? 4 : 0
}

/** The document, and what reads it by metric name. Sections and verdict may still grow until it is reported. */
export class RunResult implements Result {
  readonly schema = RESULT_SCHEMA
  readonly run: ResultData['run']
  readonly verdict: MutableVerdict
  readonly streams: Readonly<Record<string, StreamResult>>
  readonly sections: Record<string, unknown> = {}
  violated = false
  readonly #collector: Collector
  readonly #config: ResolvedConfig
  readonly #failures: Failures

  constructor(collector: Collector, facts: Facts, failures: Failures) {
    this.#collector = collector
    this.#config = facts.config
    this.#failures = failures
    const streams: Record<string, StreamResult> = {}
    for (const { config, broken, snapshots } of collector.accounts) {
      const { name } = config
      const phases = { warmup: collector.phase(name, 'warmup'), measure: collector.phase(name, 'measure') }
      streams[name] = {
        topic: config.topic.name,
        phases,
        identity: { holds: broken === undefined, snapshots },
        sections: {},
      }
    }
    this.streams = streams
    this.verdict = startVerdict(collector, facts, streams)
    for (const error of failures.internal) this.judge('invalid', 'error', messageOf(error))
    if (collector.eventsLost > 0) {
      const title = `${collector.eventsLost} more events were not kept`
      collector.events.push({ kind: 'note', at: facts.durationUs, title })
    }
    this.run = describeRun(facts)
  }

  get series() {
    return this.#collector.series
  }
  get events() {
    return this.#collector.events
  }
  get metrics(): Readonly<Record<string, unknown>> {
    const metrics: Record<string, unknown> = {}
    const registry = this.#collector.metrics
    for (const name of registry.names()) {
      if (registry.about(name)?.kind === 'collect') continue
      const h = registry.histogram(name)
      const at = (q: number) => h?.quantile(q)
      metrics[name] = h
        ? {
            count: h.count,
            min: h.count ? h.min : 0,
            max: h.max,
            p50: at(0.5),
            p99: at(0.99),
            hdr: h.encode(),
          }
        : registry.value(name)
    }
    return metrics
  }
  get thresholds(): readonly ThresholdResult[] {
    return judgeThresholds(this.#config.streams, metric => this.value(metric))
  }
  get exitCode(): number {
    return exitCodeOf(this.#failures, this, this.#config.allowTainted)
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
    if (state === 'violation') this.violated = true
    else if (state === 'invalid' || this.verdict.state === 'valid') this.verdict.state = state
    this.verdict.reasons.push({ code, detail })
  }
  toJSON(): ResultData {
    const { schema, run, verdict, streams, series, events, metrics, sections, thresholds, exitCode } = this
    return { schema, run, verdict, streams, series, events, metrics, sections, thresholds, exitCode }
  }
}

function describeRun(facts: Facts): ResultData['run'] {
  const { config, stopped } = facts
  return {
    id: config.id,
    startedAt: config.startedAt.toISOString(),
    durationMs: Math.round(facts.durationUs / 1000),
    seed: config.seed,
    command: facts.command,
    versions: { 'kafka-loadtest': version(), node: process.versions.node },
    host: {
      name: os.hostname(),
      os: `${os.type()} ${os.release()}`,
      cores: os.availableParallelism(),
      memory: os.totalmem(),
    },
    broker: facts.broker,
    driver: facts.driver,
    threads: config.threads,
    ...(stopped === undefined ? {} : { stopped }),
    out: config.out,
    clockDriftUs: facts.clockDriftUs,
    samplesMissed: facts.samplesMissed,
    config: facts.written,
  }
}

type MutableVerdict = {
  state: Verdict['state']
  limit: Verdict['limit']
  reasons: Verdict['reasons'][number][]
}

function startVerdict(
  collector: Collector,
  facts: Facts,
  streams: Readonly<Record<string, StreamResult>>,
): MutableVerdict {
  const { config } = facts
  const measured = Object.fromEntries(Object.entries(streams).map(([name, s]) => [name, s.phases.measure]))
  const judged = judgeGenerator({ config, series: collector.series, measured, virtual: facts.virtual })
  const verdict: MutableVerdict = { ...judged, reasons: [...judged.reasons] }
  for (const [name, { phases }] of Object.entries(streams)) {
    const { scheduled, acked } = phases.measure.counts
    const answers = config.streams.find(s => s.name === name)?.producer.acks !== 0
    if (scheduled === 0 || acked > 0 || !answers) continue
    verdict.state = 'invalid'
    verdict.reasons.push({
      code: 'nothing',
      detail: `${name}: not one record was acked, so nothing was measured`,
    })
  }
  for (const account of collector.accounts) {
    if (account.broken === undefined) continue
    verdict.state = 'invalid'
    verdict.reasons.push({ code: 'identity', detail: `the account does not close: ${account.broken}` })
  }
  return verdict
}

let found: string | undefined
function version(): string {
  found ??= (createRequire(import.meta.url)('kafka-loadtest/package.json') as { version: string }).version
  return found
}
