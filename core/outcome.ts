/** What a run comes to: the result document, its verdict, its exit code. */
import { createRequire } from 'node:module'
import os from 'node:os'
import type { HistogramView } from './api.ts'
import { messageOf } from './errors.ts'
import type { Collector } from './measure/collector.ts'
import { figureOf } from './measure/names.ts'
import { judgeGenerator } from './measure/verdict.ts'
import type { NamedConfig } from './naming.ts'
import type { PhaseResult, Reason, Result, ResultData, StreamResult, Verdict } from './result.ts'
import { RESULT_SCHEMA } from './result.ts'
import { judgeThresholds } from './thresholds.ts'

type Described = ResultData['run']

/** What main knows of the run besides its figures. */
export interface Facts {
  readonly durationUs: number
  readonly config: NamedConfig
  readonly virtual: boolean
  readonly about: Omit<Described, keyof ReturnType<typeof describeRun>>
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
export function createResult(collector: Collector, facts: Facts, failures: Failures): Result {
  const { config, virtual, durationUs } = facts
  const { accounts, series, seconds, events, eventsLost } = collector
  const streams: Record<string, StreamResult> = {}
  const measured: Record<string, PhaseResult> = {}
  for (const [name, account] of accounts) {
    const { config: stream, broken, snapshots } = account
    const phases = { warmup: account.phase('warmup'), measure: account.phase('measure') }
    const identity = { holds: broken === undefined && snapshots > 0, snapshots }
    streams[name] = { topic: stream.topic.name, phases, identity, sections: {} }
    measured[name] = phases.measure
  }
  const { reasons, ...judged } = judgeGenerator({ config, seconds, measured, virtual })
  const verdict: MutableVerdict = { ...judged, reasons: [...reasons] }
  let violated = false
  let invalid = 0
  const judge: Result['judge'] = (state, code, detail) => {
    if (state === 'violation') violated = true
    else if (state === 'invalid' || verdict.state === 'valid') verdict.state = state
    // why nothing can be trusted comes before why the generator was late
    verdict.reasons.splice(state === 'invalid' ? invalid++ : verdict.reasons.length, 0, { code, detail })
  }
  for (const error of failures.internal) judge('invalid', 'error', messageOf(error))
  for (const { name, producer, producers, rate } of config.streams) {
    const { scheduled, acked, consumed } = (measured[name] as PhaseResult).counts
    const silent = acked === 0 && producer.acks !== 0 ? 'not one record was acked' : undefined
    const idle = producers === 0 && consumed === 0 ? 'not one record was read' : undefined
    const due = rate.kind === 'fed' ? 'no plugin fed it a record' : 'no record was due'
    const none = producers === 0 ? idle : scheduled === 0 ? due : silent
    if (none !== undefined) judge('invalid', 'nothing', `${name}: ${none}, so nothing was measured`)
  }
  for (const { broken } of accounts.values())
    if (broken !== undefined) judge('invalid', 'identity', `the account does not close: ${broken}`)
  if (eventsLost > 0)
    events.push({ kind: 'note', at: durationUs, title: `${eventsLost} more events were not kept` })
  const sections: Record<string, unknown> = {}
  const run = { ...describeRun(facts), ...facts.about }
  const data = { schema: RESULT_SCHEMA, run, verdict, streams, series, events, sections } as const
  const value = (metric: string) => figureOf(collector, metric)
  return {
    ...data,
    get metrics() {
      const found = [...collector.metrics.figures()]
      return Object.fromEntries(found.map(({ name, value, histogram: h }) => [name, h ? told(h) : value]))
    },
    get thresholds() {
      return judgeThresholds(config.streams, value)
    },
    /** The most specific cause wins. */
    get exitCode() {
      const { internal, signal, reports } = failures
      if (internal.length > 0) return 70
      if (signal) return signal === 'SIGINT' ? 130 : 143
      if (violated) return 6
      if (verdict.state === 'invalid' || (verdict.state === 'tainted' && !config.allowTainted)) return 5
      if (this.thresholds.some(t => !t.ok)) return 99
      return reports.length > 0 ? 4 : 0
    },
    value,
    metricSamples: () => collector.samples(),
    histogram: (name, stream, phase) => accounts.get(stream)?.histogram(name, phase),
    judge,
    toJSON() {
      const { metrics, thresholds, exitCode } = this
      return { ...data, metrics, thresholds, exitCode }
    },
  }
}
function told(h: HistogramView) {
  const { count, min, max } = h
  const [p50, p99] = [h.quantile(0.5), h.quantile(0.99)]
  return { count, min: count > 0 ? min : 0, max, p50, p99, hdr: h.encode() }
}

type MutableVerdict = { -readonly [K in keyof Verdict]: Verdict[K] } & { reasons: Reason[] }

function describeRun({ config, durationUs }: Facts) {
  const { version } = createRequire(import.meta.url)('kafka-loadtest/package.json') as { version: string }
  return {
    id: config.id,
    startedAt: config.startedAt.toISOString(),
    durationMs: Math.round(durationUs / 1000),
    seed: config.seed,
    scale: config.scale,
    threads: config.threads,
    out: config.out,
    versions: { 'kafka-loadtest': version, node: process.versions.node },
    host: {
      name: os.hostname(),
      os: `${os.type()} ${os.release()}`,
      cores: os.availableParallelism(),
      memory: os.totalmem(),
    },
  }
}
