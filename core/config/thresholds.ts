/** `'response.p99': '< 20ms'` → what is compared with what, or a fault: a threshold on a figure the run will not have. */
import type { Fault } from '../errors.ts'
import { suggest } from './check.ts'
import { isPlain } from './plain.ts'
import { LATENCIES, type ResolvedStream, type ResolvedThreshold } from './types.ts'
import { durationInUs, rateOf, sizeInBytes } from './units.ts'

const STATS = ['count', 'min', 'mean', 'p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'p9999', 'max']
const COUNTS = ['scheduled', 'acked', 'failed', 'unknown', 'dropped', 'pending', 'inFlight', 'consumed']
const RATES = ['offered', 'attempted', 'achieved', 'consumed']
const DROPS = ['backlog', 'plugin', 'error', 'abort']
/** What a metric's name may begin with, so that no stream may have it. */
export const METRICS: readonly string[] = [...new Set([...LATENCIES, ...COUNTS, ...RATES])]
const KNOWN = [
  ...LATENCIES.flatMap(l => STATS.map(s => `${l}.${s}`)),
  ...COUNTS.map(c => `${c}.count`),
  ...DROPS.map(d => `dropped.${d}.count`),
  ...RATES.flatMap(r => [`${r}.rate`, `${r}.byteRate`]),
]
const SOME = `known: ${LATENCIES.map(l => `${l}.p99`).join(', ')}, failed.count, achieved.rate, and <plugin>.<name>`

interface Around {
  /** What is written with the stream itself, and not on the top level for all. */
  readonly own: unknown
  /** The other streams' names. */
  readonly others: readonly string[]
  /** Ids whose figures may be named. */
  readonly plugins: readonly string[]
  readonly warmupUs: number
}

export function readThresholds(
  written: unknown,
  stream: Omit<ResolvedStream, 'thresholds'>,
  { own, others, plugins, warmupUs }: Around,
  fail: (fault: Fault) => void,
): ResolvedThreshold[] {
  if (written === undefined) return []
  if (!isPlain(written)) {
    fail({ path: 'thresholds', value: written, expected: "an object such as { 'response.p99': '< 20ms' }" })
    return []
  }
  return Object.entries(written).flatMap(([name, value]) => {
    const path = `thresholds.${name}`
    let metric = name
    const other = others.find(each => metric.startsWith(`${each}.`))
    if (other !== undefined) {
      if (isPlain(own) && Object.hasOwn(own, name))
        fail({
          path,
          value,
          expected: `a figure of stream ${stream.name}`,
          hint: `write it under streams.${other}.thresholds, or under thresholds on the top level`,
        })
      return []
    }
    if (metric.startsWith(`${stream.name}.`)) metric = metric.slice(stream.name.length + 1)
    const { expect, phase: asked, ...odd } = isPlain(value) ? value : { expect: value, phase: undefined }
    const prefix = /^(warmup|measure)\./.exec(metric)?.[1]
    if (prefix) metric = metric.slice(prefix.length + 1)
    const phase = asked ?? prefix ?? 'measure'
    const expressions = (Array.isArray(expect) ? expect : [expect]).map(
      e => [e, comparison(metric, e)] as const,
    )
    const bad = expressions.find(([, c]) => c === undefined)
    if (
      bad ||
      expressions.length === 0 ||
      Object.keys(odd).length > 0 ||
      (phase !== 'warmup' && phase !== 'measure')
    ) {
      fail({
        path,
        value,
        expected: `${expected(metric)}, a list of such, or { expect, phase: 'warmup' | 'measure' }`,
      })
      return []
    }
    const absent =
      absence(metric, stream, plugins) ??
      (phase === 'warmup' && warmupUs === 0
        ? none('there is no warm-up', 'set warmup, or judge the phase measure')
        : undefined)
    if (absent) {
      const streams = others.length > 0 ? [stream.name, ...others] : []
      const known = [...KNOWN, ...streams.flatMap(s => KNOWN.map(k => `${s}.${k}`))]
      fail({ path, value, ...absent, hint: absent.hint ?? suggest(name, known) ?? SOME })
      return []
    }
    return expressions.map(([e, c]) => ({
      metric,
      expression: String(e).trim(),
      phase,
      ...(c as NonNullable<typeof c>),
    }))
  })
}

function comparison(
  metric: string,
  expression: unknown,
): Pick<ResolvedThreshold, 'op' | 'bound'> | undefined {
  const [, op, rest = ''] =
    /^\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*$/.exec(typeof expression === 'string' ? expression : '') ?? []
  if (op === undefined) return undefined
  const bound = unitOf(metric).read(rest)
  return bound === undefined ? undefined : { op: op as ResolvedThreshold['op'], bound }
}
function unitOf(metric: string): { example: string; read: (text: string) => number | undefined } {
  const [name = '', stat = ''] = [metric.split('.')[0], metric.split('.').at(-1)]
  const plain = (text: string) => (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined)
  if (stat === 'rate' || stat === 'byteRate') {
    const unit = stat === 'rate' ? 'records' : 'bytes'
    const read = (text: string) => {
      const rate = rateOf(text)
      return rate && (rate.unit === unit || /^[\d.]+$/.test(text)) ? rate.rate : undefined
    }
    return { example: stat === 'rate' ? '>= 49k/s' : '>= 80 MB/s', read }
  }
  if (stat === 'count') return { example: '== 0', read: plain }
  // a bare number would be seconds to one and microseconds to another
  if (LATENCIES.some(latency => latency === name))
    return { example: '< 20ms', read: text => (/^[\d.]+$/.test(text) ? undefined : durationInUs(text)) }
  return { example: '== 0', read: text => plain(text) ?? durationInUs(text) ?? sizeInBytes(text) }
}
function expected(metric: string): string {
  return `a comparison with its unit such as '${unitOf(metric).example}'`
}

function none(why: string, hint: string): Omit<Fault, 'path'> {
  return { expected: `a figure this run has, but ${why}`, hint }
}

/** Why this stream will not have a figure; undefined: it will. */
function absence(
  metric: string,
  stream: Omit<ResolvedStream, 'thresholds'>,
  plugins: readonly string[],
): Omit<Fault, 'path'> | undefined {
  if (plugins.some(id => metric.startsWith(`${id}.`))) return undefined
  const plain = metric.replace(/^response\.acked\./, 'response.')
  if (!KNOWN.includes(plain)) return { expected: 'the name of a metric' }
  const [name = ''] = plain.split('.')
  if (stream.producer?.acks === 0 && ['response', 'service', 'request', 'achieved'].includes(name))
    return none(
      'with acks 0 nothing is answered',
      'ask for acks 1 or all, or use attempted.rate and endToEnd',
    )
  if (stream.rate?.kind === 'max' && ['response', 'schedulingLag', 'endToEnd', 'offered'].includes(name))
    return none(
      "a run at rate 'max' has no schedule to count from",
      'use service, transport or achieved.rate',
    )
  if (stream.consumers.count === 0 && ['endToEnd', 'transport', 'consumerDelay', 'consumed'].includes(name))
    return none('nobody reads', 'set consumers to 1 or more')
  if (stream.stamp === 'off' && ['endToEnd', 'transport'].includes(name))
    return none("with stamp 'off' records do not carry their times", "leave stamp at 'auto'")
  return undefined
}
