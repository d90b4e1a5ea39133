/** A stream's measured figures: rates, latencies, and the account that must close. */
import type { createColors } from 'picocolors'
import type { Percentile, ResolvedConfig, Result } from '../../core/plugin.ts'
import { count, fill, printable, rate, significant, time } from './format.ts'

type Colors = ReturnType<typeof createColors>
type StreamResult = Result['streams'][string]
type Settings = ResolvedConfig['streams'][number]
type Measured = StreamResult['phases']['measure']

const LABEL = 16
const COLUMN = 12
const STATS = ['p50', 'p90', 'p99', 'p999', 'max'] as const
const LATENCIES = {
  service: 'service',
  request: 'request',
  schedulingLag: 'scheduling lag',
  endToEnd: 'end-to-end',
  transport: 'transport',
  consumerDelay: 'consumer delay',
} as const

/** A row of figures under a row of headings; a figure that the run does not have is not there. */
function row(label: string, cells: readonly string[]): string {
  return label.padEnd(LABEL) + cells.map(cell => cell.padStart(COLUMN)).join('')
}

export function rateRows({ rates, byteRates }: Measured, settings: Settings, colors: Colors): string[] {
  const names = (['offered', 'attempted', 'achieved', 'consumed'] as const).filter(
    name => rates[name] !== undefined && (name !== 'consumed' || settings.consumers.count > 0),
  )
  const bytes = names.map(name => byteRates[name] ?? 0)
  const [unit, size] = Math.max(...bytes) < 1e5 ? ['kB/s', 1e3] : ['MB/s', 1e6]
  return [
    colors.dim(row('rate', names)),
    row(
      'records/s',
      names.map(name => rate(rates[name] ?? 0)),
    ),
    row(
      unit as string,
      bytes.map(n => significant(n / (size as number))),
    ),
  ]
}

/** response over all scheduled records is the headline; over acked ones it follows where that is another thing. */
export function latencyRows({ latency, counts, foreign }: Measured, colors: Colors): string[] {
  const rows: string[] = []
  const notes: string[] = []
  const { response } = latency
  if (response?.scheduled) {
    const { acked, scheduled } = response
    const { infinite, censored } = scheduled
    rows.push(colors.bold(row('response', figures(scheduled))))
    if (infinite + censored > 0 && acked.count > 0) rows.push(row('response, acked', figures(acked)))
    if (infinite > 0) notes.push(`∞: ${count(infinite)} of ${count(counts.scheduled)} records were not acked`)
    if (censored > 0) notes.push(`${count(censored)} still in flight count with their wait so far`)
  }
  for (const [name, label] of Object.entries(LATENCIES)) {
    const { acked } = latency[name] ?? {}
    if (acked && acked.count > 0) rows.push(row(label, figures(acked)))
  }
  for (const [name, { negative, overflow }] of Object.entries(latency)) {
    if (negative > 0) notes.push(`${count(negative)} negative values of ${name} are left out`)
    if (overflow > 0) notes.push(`${count(overflow)} values of ${name} above 1 h are left out`)
  }
  if (foreign > 0)
    notes.push(`${count(foreign)} of ${count(counts.consumed)} consumed records carry no stamp of this run`)
  if (rows.length === 0) return []
  return [
    colors.dim(row('latency', ['p50', 'p90', 'p99', 'p99.9', 'max'])),
    ...rows,
    ...notes.map(note => colors.dim(`  ${note}`)),
  ]
}
function figures(at: Readonly<Record<(typeof STATS)[number], Percentile>>): string[] {
  return STATS.map(stat => time(at[stat]))
}

/** scheduled = acked + failed + unknown + dropped + pending + in flight, to the record; of who only reads, what was read. */
export function accountLines(
  stream: StreamResult,
  settings: Settings,
  width: number,
  colors: Colors,
): string[] {
  const { counts, foreign } = stream.phases.measure
  if (settings.producers === 0) {
    const others = foreign > 0 ? `, ${count(foreign)} of them not written by this run` : ''
    return fill(`${count(counts.consumed)} read${others}`.split(' '), width)
  }
  const { holds, snapshots } = stream.identity
  const reasons = Object.entries(counts.dropped).filter(([, n]) => n > 0)
  const dropped = reasons.reduce((sum, [, n]) => sum + n, 0)
  const why = reasons.map(([name, n]) => `${printable(name)} ${count(n)}`).join(', ')
  const terms = [
    `${count(counts.scheduled)} scheduled`,
    `= ${count(counts.acked)} acked`,
    `+ ${count(counts.failed)} failed`,
    `+ ${count(counts.unknown)} unknown${settings.producer.acks === 0 ? ' (acks=0)' : ''}`,
    `+ ${count(dropped)} dropped${why && ` (${why})`}`,
    `+ ${count(counts.pending)} pending`,
    `+ ${count(counts.inFlight)} in flight`,
  ]
  const bad = [terms[2], terms[4], ...(settings.producer.acks === 0 ? [] : [terms[3]])]
  const check = holds ? `– held in ${snapshots} of ${snapshots} snapshots` : '– DOES NOT HOLD'
  return fill([...terms, check], width, piece => {
    if (piece === check) return holds ? colors.green(piece) : colors.bold(colors.red(piece))
    if (piece.startsWith('+ 0 ')) return colors.dim(piece)
    return bad.includes(piece) ? colors.red(piece) : piece
  })
}
