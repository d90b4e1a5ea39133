/** Thresholds: `'response.p99': '< 20ms'` as written, what is compared with what, and what came of it. */
import type { Percentile } from './api.ts'
import { suggest } from './config/check.ts'
import { isPlain } from './config/plain.ts'
import type { ResolvedConfig, ResolvedStream, ResolvedThreshold } from './config/types.ts'
import { durationInUs, rateOf, sizeInBytes } from './config/units.ts'
import type { Driver } from './driver.ts'
import { ConfigError, type Fail } from './errors.ts'
import { COUNTS, LATENCIES, QUANTILES, RATES, type ThresholdResult } from './result.ts'

const STATS = ['count', 'min', 'mean', ...Object.keys(QUANTILES), 'max']
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

type Unjudged = Omit<ResolvedStream, 'thresholds'>
type Comparison = Pick<ResolvedThreshold, 'expression' | 'op' | 'bound'>
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
  stream: Unjudged,
  { own, others, plugins, warmupUs }: Around,
  fail: Fail,
): ResolvedThreshold[] {
  if (!isPlain(written)) {
    if (written !== undefined) fail('thresholds', written, "an object such as { 'response.p99': '< 20ms' }")
    return []
  }
  const streams = others.length > 0 ? [stream.name, ...others] : []
  return Object.entries(written).flatMap(([name, value]) => {
    const refuse = (expected: string, hint?: string) =>
      fail(`thresholds.${name}`, value, expected, hint) ?? []
    const other = others.find(each => name.startsWith(`${each}.`))
    if (other !== undefined) {
      if (!isPlain(own) || !Object.hasOwn(own, name)) return []
      const hint = `write it under streams.${other}.thresholds, or under thresholds on the top level`
      return refuse(`a figure of stream ${stream.name}`, hint)
    }
    const mine = name.startsWith(`${stream.name}.`) ? name.slice(stream.name.length + 1) : name
    const [, prefix = 'measure', metric = ''] = /^(?:(warmup|measure)\.)?(.*)$/.exec(mine) ?? []
    const { expect, phase = prefix, ...odd } = isPlain(value) ? value : { expect: value }
    const compared = (Array.isArray(expect) ? expect : [expect]).map(e => comparison(metric, e))
    const fine = compared.length > 0 && !compared.includes(undefined) && Object.keys(odd).length === 0
    if (!fine || (phase !== 'warmup' && phase !== 'measure')) {
      const example = `a comparison with its unit such as '${unitOf(metric).example}'`
      return refuse(`${example}, a list of such, or { expect, phase: 'warmup' | 'measure' }`)
    }
    if (!isNamed(metric, plugins)) {
      const known = [...KNOWN, ...streams.flatMap(s => KNOWN.map(k => `${s}.${k}`))]
      return refuse('the name of a metric', suggest(name, known) ?? SOME)
    }
    const [why, hint] = absence(metric.split('.')[0] as string, stream) ?? []
    if (why !== undefined) return refuse(`a figure this run has, but ${why}`, hint)
    if (phase === 'warmup' && warmupUs === 0)
      return refuse(
        'a figure this run has, but there is no warm-up',
        'set warmup, or judge the phase measure',
      )
    return compared.map(c => ({ metric, phase, ...(c as NonNullable<typeof c>) }))
  })
}

function comparison(metric: string, written: unknown): Comparison | undefined {
  const expression = typeof written === 'string' ? written.trim() : ''
  const [, op, rest = ''] = /^(<=|>=|==|!=|<|>)\s*(\S.*)$/.exec(expression) ?? []
  const bound = op === undefined ? undefined : unitOf(metric).read(rest)
  return bound === undefined ? undefined : { expression, op: op as Comparison['op'], bound }
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
function isNamed(metric: string, plugins: readonly string[]): boolean {
  const plain = metric.replace(/^response\.acked\./, 'response.')
  return plugins.some(id => metric.startsWith(`${id}.`)) || KNOWN.includes(plain)
}

const SENDING = ['response', 'service', 'request', 'schedulingLag', 'clientQueue', ...RATES.slice(0, 3)]

/** Why this stream will not have a figure, and what to do; undefined: it will. */
function absence(name: string, stream: Unjudged): [why: string, hint: string] | undefined {
  const oneOf = (...names: string[]) => names.includes(name)
  if (stream.producers === 0 && SENDING.includes(name))
    return ['with producers 0 nothing is sent', 'judge consumed.rate, endToEnd, or the stream that sends']
  if (stream.producer?.acks === 0 && oneOf('response', 'service', 'request', 'achieved'))
    return ['with acks 0 nothing is answered', 'ask for acks 1 or all, or use attempted.rate and endToEnd']
  if (stream.rate?.kind === 'max' && oneOf('response', 'schedulingLag', 'endToEnd', 'offered'))
    return ["a run at rate 'max' has no schedule to count from", 'use service, transport or achieved.rate']
  if (stream.consumers.count === 0 && oneOf('endToEnd', 'transport', 'consumerDelay', 'consumed'))
    return ['nobody reads', 'set consumers to 1 or more']
  if (stream.stamp === 'off' && oneOf('endToEnd', 'transport'))
    return ["with stamp 'off' records do not carry their times", "leave stamp at 'auto'"]
  return undefined
}

/** @throws ConfigError for a threshold on a figure that this driver cannot tell. */
export function wantsWireTime(driver: Driver, config: ResolvedConfig): void {
  if (driver.can.wireTime) return
  const all = config.streams.flatMap(s => s.thresholds)
  const asked = all.filter(t => /^(request|clientQueue)\./.test(t.metric))
  const faults = asked.map(({ metric, expression: value }) => ({
    path: `thresholds.${metric}`,
    value,
    expected: `a figure this run has, but the driver ${driver.name} does not know when a request is written`,
    hint: 'use service or response',
  }))
  if (faults.length > 0) throw new ConfigError(faults)
}

/** Judges every stream's thresholds. A figure the run does not have fails its threshold: it was asked for. */
export function judgeThresholds(
  streams: readonly ResolvedStream[],
  value: (metric: string) => Percentile | undefined,
): ThresholdResult[] {
  return streams.flatMap(stream =>
    stream.thresholds.map(t => {
      const qualified = `${stream.name}.${t.phase}.${t.metric}`
      // a plugin's figures have no phase, and a name of the stream's only where there are several
      const own = t.phase === 'measure' ? (value(`${stream.name}.${t.metric}`) ?? value(t.metric)) : undefined
      const found = value(qualified) ?? own
      return {
        name: `${streams.length > 1 ? `${stream.name}.` : ''}${t.phase === 'warmup' ? 'warmup.' : ''}${t.metric}`,
        expression: t.expression,
        value: found ?? null,
        ok: found !== undefined && holds[t.op](found === 'inf' ? Number.POSITIVE_INFINITY : found, t.bound),
      }
    }),
  )
}

const holds: Readonly<Record<ResolvedThreshold['op'], (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
}
