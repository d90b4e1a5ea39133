/** What a run comes to: the result document, its verdict, its exit code. */
import { createRequire } from 'node:module'
import os from 'node:os'
import type { ResolvedConfig } from './config/types.ts'
import { ConnectError } from './driver.ts'
import { ConfigError, messageOf } from './errors.ts'
import type { Collector } from './measure/collector.ts'
import { valueOf } from './measure/names.ts'
import { judgeGenerator } from './measure/verdict.ts'
import {
  type Phase,
  type PhaseResult,
  RESULT_SCHEMA,
  type Result,
  type ResultData,
  type StreamResult,
  type Verdict,
} from './result.ts'
import { judgeThresholds } from './thresholds.ts'

export interface Facts {
  readonly id: string
  readonly startedAt: Date
  readonly durationUs: number
  readonly clockDriftUs: number
  readonly command: string
  readonly config: ResolvedConfig
  /** As written, without secrets. */
  readonly written: unknown
  readonly broker: ResultData['run']['broker']
  readonly driver: string
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

export function exitCodeOf(
  failures: Failures,
  result: ResultData,
  violated: boolean,
  allowTainted: boolean,
): number {
  if (failures.internal.length > 0) return 70
  if (failures.signal) return failures.signal === 'SIGINT' ? 130 : 143
  if (violated) return 6
  if (result.verdict.state === 'invalid' || (result.verdict.state === 'tainted' && !allowTainted)) return 5
  if (result.thresholds.some(t => !t.ok)) return 99
  return failures.reports.length > 0 ? 4 : 0
}

/** The exit code of what ended a run before it had figures. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof ConfigError ? 2 : error instanceof ConnectError ? 3 : 70
}

export function buildResult(collector: Collector, facts: Facts, failures: Failures): Result {
  const { config } = facts
  const streams: Record<string, StreamResult> = {}
  const measured: Record<string, PhaseResult> = {}
  for (const account of collector.accounts) {
    const { name } = account.config
    const phases = { warmup: collector.phase(name, 'warmup'), measure: collector.phase(name, 'measure') }
    measured[name] = phases.measure
    streams[name] = {
      phases,
      identity: { holds: account.broken === undefined, snapshots: account.snapshots },
      sections: {},
    }
  }
  let violated = false
  const verdict = startVerdict(collector, facts, measured)
  for (const error of failures.internal) {
    verdict.state = 'invalid'
    verdict.reasons.push({ code: 'error', detail: messageOf(error) })
  }
  const metrics: Record<string, unknown> = {}
  for (const name of collector.metrics.names()) {
    const about = collector.metrics.about(name)
    if (about === undefined || about.kind === 'collect') continue
    const h = collector.metrics.histogram(name)
    metrics[name] = h
      ? {
          count: h.count,
          min: h.count ? h.min : 0,
          max: h.max,
          p50: h.quantile(0.5),
          p99: h.quantile(0.99),
          hdr: h.encode(),
        }
      : collector.metrics.value(name)
  }
  const { series, events } = collector
  if (collector.eventsLost > 0)
    events.push({
      kind: 'note',
      at: facts.durationUs,
      title: `${collector.eventsLost} more events were not kept`,
    })
  const value: Result['value'] = metric => valueOf(collector, metric)
  const data = (): ResultData => ({
    schema: RESULT_SCHEMA,
    run: {
      id: facts.id,
      startedAt: facts.startedAt.toISOString(),
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
      ...(facts.stopped === undefined ? {} : { stopped: facts.stopped }),
      out: config.out,
      clockDriftUs: facts.clockDriftUs,
      config: facts.written,
    },
    verdict,
    streams,
    series,
    events,
    metrics,
    sections: result.sections,
    thresholds: result.thresholds,
    exitCode: result.exitCode,
  })
  const result = {
    sections: {} as Record<string, unknown>,
    get thresholds() {
      return judgeThresholds(config.streams, value)
    },
    get exitCode() {
      return exitCodeOf(failures, { ...data0(), thresholds: this.thresholds }, violated, config.allowTainted)
    },
    value,
    metricSamples: () => collector.samples(),
    histogram: (name: string, stream: string, phase: Phase) => collector.histogram(name, stream, phase),
    judge(state: 'violation' | 'invalid' | 'tainted', code: string, detail: string) {
      if (state === 'violation') violated = true
      else if (state === 'invalid' || verdict.state === 'valid') verdict.state = state
      verdict.reasons.push({ code, detail })
    },
    toJSON: data,
  }
  const data0 = () => ({ verdict }) as unknown as ResultData
  const fixed = data
  return Object.assign(result, pick(fixed)) as Result

  function pick(make: () => ResultData): Partial<ResultData> {
    const { sections: _s, thresholds: _t, exitCode: _e, ...rest } = make()
    return rest
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
  measured: Record<string, PhaseResult>,
): MutableVerdict {
  const { config } = facts
  const judged = judgeGenerator({ config, series: collector.series, measured, virtual: facts.virtual })
  const verdict: MutableVerdict = { ...judged, reasons: [...judged.reasons] }
  for (const account of collector.accounts) {
    if (account.broken === undefined) continue
    verdict.state = 'invalid'
    verdict.reasons.push({ code: 'identity', detail: `the account does not close: ${account.broken}` })
  }
  return verdict
}

let found: string | undefined
export function version(): string {
  found ??= (createRequire(import.meta.url)('kafka-loadtest/package.json') as { version: string }).version
  return found
}
