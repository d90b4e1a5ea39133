/** The columns of both files, in their order. Names are the metrics' as thresholds have them; a new one goes to the end. */
import { LATENCIES, type Phase, type ResultData, type SeriesRow } from '../../core/plugin.ts'
import type { Columns } from './table.ts'

type StreamResult = ResultData['streams'][string]
type PhaseResult = StreamResult['phases'][Phase]

export interface PhaseRow {
  readonly result: ResultData
  readonly stream: string
  readonly phase: Phase
  readonly figures: PhaseResult
}
export interface SecondRow {
  readonly result: ResultData
  readonly stream: string
  readonly row: SeriesRow
}

const QUANTILES = ['p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'p9999'] as const
const ACKED = ['count', 'min', 'mean', ...QUANTILES, 'max'] as const
const COUNTS = ['scheduled', 'acked', 'failed', 'unknown'] as const
const RATES = ['offered', 'attempted', 'achieved', 'consumed'] as const

/** What every line says of its run: figures without these are taken for what they are not. */
function head<Row extends { readonly result: ResultData; readonly stream: string }>(): Columns<Row> {
  return [
    ['run', r => r.result.run.id],
    ['verdict', r => r.result.verdict.state],
    ['embedded', r => r.result.run.broker.embedded],
    ['stream', r => r.stream],
  ]
}

/** `summary.csv`: latencies in µs, rates in records/s, byte rates in bytes/s. */
export const summaryColumns: Columns<PhaseRow> = [
  ...head<PhaseRow>(),
  ['phase', r => r.phase],
  ...COUNTS.map(name => [`${name}.count`, (r: PhaseRow) => r.figures.counts[name]] as const),
  ['dropped.count', r => Object.values(r.figures.counts.dropped).reduce((a, b) => a + b, 0)],
  ['pending.count', r => r.figures.counts.pending],
  ['inFlight.count', r => r.figures.counts.inFlight],
  ['consumed.count', r => r.figures.counts.consumed],
  ['foreign.count', r => r.figures.foreign],
  ['late.count', r => r.figures.late],
  ['batches.count', r => r.figures.batches.count],
  ['acked.bytes', r => r.figures.bytes.acked],
  ['consumed.bytes', r => r.figures.bytes.consumed],
  ...RATES.map(name => [`${name}.rate`, (r: PhaseRow) => r.figures.rates[name]] as const),
  ...RATES.map(name => [`${name}.byteRate`, (r: PhaseRow) => r.figures.byteRates[name]] as const),
  // over all scheduled records, those without an answer infinite: what an unqualified response percentile is
  ...([...QUANTILES, 'infinite', 'censored'] as const).map(
    stat => [`response.${stat}`, (r: PhaseRow) => r.figures.latency['response']?.scheduled?.[stat]] as const,
  ),
  ...LATENCIES.flatMap(name =>
    ACKED.map(stat => {
      const column = name === 'response' ? `response.acked.${stat}` : `${name}.${stat}`
      return [column, (r: PhaseRow) => known(r, name)?.[stat]] as const
    }),
  ),
]

/** An empty histogram has no percentiles: its zeros are none. */
function known({ figures }: PhaseRow, name: (typeof LATENCIES)[number]) {
  const acked = figures.latency[name]?.acked
  return acked && acked.count > 0 ? acked : undefined
}

/** `series.csv`: counts are of the second that ends there, or of the `seconds` that were merged into the row. */
export const seriesColumns: Columns<SecondRow> = [
  ...head<SecondRow>(),
  ['second', r => r.row.second],
  ['seconds', r => r.row.seconds],
  ['phase', r => r.row.phase],
  ...([...COUNTS, 'dropped', 'consumed', 'inFlight', 'ackedBytes'] as const).map(
    name => [name, (r: SecondRow) => r.row.streams[r.stream]?.[name]] as const,
  ),
  ...(['response', 'service', 'endToEnd'] as const).flatMap(name =>
    (['p50', 'p99', 'max'] as const).map(
      stat => [`${name}.${stat}`, (r: SecondRow) => r.row.streams[r.stream]?.[name]?.[stat]] as const,
    ),
  ),
  ...(['cpu', 'eventLoopUtilization', 'eventLoopDelayP99', 'schedulingLagP99', 'rss'] as const).map(
    name => [`generator.${name}`, (r: SecondRow) => r.row.generator[name]] as const,
  ),
]
