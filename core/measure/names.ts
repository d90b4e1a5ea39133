/** Metric names: `[stream.][phase.]name.stat`, the same for thresholds, exporters and comparisons. */
import type { Percentile } from '../api.ts'
import { type PhaseResult, QUANTILES, type Quantile } from '../result.ts'
import { PHASES, type StreamAccount } from './account.ts'
import type { Collector } from './collector.ts'
import type { MetricRegistry } from './metrics.ts'

/** undefined: the run has no such figure. */
export function figureOf({ accounts, metrics }: Collector, metric: string): Percentile | undefined {
  const path = metric.split('.')
  const plugin = pluginValue(metrics, path)
  if (plugin !== undefined) return plugin
  const stream = accounts.get(path[0] as string)
  if (stream !== undefined) path.shift()
  const phase = PHASES.find(name => name === path[0])
  if (phase !== undefined) path.shift()
  const streams = stream === undefined ? concerned([...accounts.values()], path[0]) : [stream]
  const values = streams.map(account => phaseValue(account.phase(phase ?? 'measure'), path))
  if (values.length === 1) return values[0]
  // counts and rates of several streams add up; percentiles do not
  const additive = ['count', 'rate', 'byteRate'].includes(path.at(-1) ?? '')
  if (!additive || values.includes(undefined)) return undefined
  return (values as number[]).reduce((a, b) => a + b, 0)
}

const READING = new Set(['consumed', 'endToEnd', 'transport', 'consumerDelay'])
/** A stream that only writes has nothing to say of reading, and the other way round. */
function concerned(accounts: readonly StreamAccount[], name = ''): readonly StreamAccount[] {
  const some = accounts.filter(
    ({ config }) => (READING.has(name) ? config.consumers.count : config.producers) !== 0,
  )
  return some.length > 0 ? some : accounts
}

function phaseValue(p: PhaseResult, [name = '', ...stat]: readonly string[]): Percentile | undefined {
  const last = stat.at(-1)
  if (last === 'count') {
    if (name === 'dropped') {
      const reasons = p.counts.dropped
      return stat.length === 2
        ? (reasons[stat[0] as string] ?? 0)
        : Object.values(reasons).reduce((a, b) => a + b, 0)
    }
    if (Object.hasOwn(p.counts, name)) return p.counts[name as 'acked']
  }
  if (last === 'rate') return p.rates[name as 'offered']
  if (last === 'byteRate') return p.byteRates[name as 'offered']
  const latency = p.latency[name]
  if (latency === undefined || last === undefined) return undefined
  const { scheduled, acked } = latency
  if (scheduled === undefined || stat[0] === 'acked') return acked[last as 'p50']
  if (Object.hasOwn(scheduled, last)) return scheduled[last as 'p50']
  // the mean over records of which one has no answer
  return scheduled.infinite > 0 && last === 'mean' ? 'inf' : acked[last as 'p50']
}

function pluginValue(metrics: MetricRegistry, path: readonly string[]): Percentile | undefined {
  const name = path.join('.')
  const about = metrics.about(name)
  if (about !== undefined && about.kind !== 'histogram') {
    const value = metrics.value(name)
    return typeof value === 'number' ? value : undefined
  }
  const stat = path.at(-1) ?? ''
  const h = metrics.histogram(path.slice(0, -1).join('.'))
  if (h === undefined) return undefined
  if (stat in QUANTILES) return h.quantile(QUANTILES[stat as Quantile])
  if (stat === 'mean') return h.count === 0 ? 0 : h.sum / h.count
  return stat === 'count' || stat === 'sum' || stat === 'min' || stat === 'max' ? h[stat] : undefined
}
