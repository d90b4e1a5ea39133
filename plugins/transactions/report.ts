/** What a report says of transactions, and whether their account closes. */
import type { Result } from '../../core/plugin.ts'
import { type Counts, ENDS, type Totals } from './account.ts'
import type { LsoLag } from './lso.ts'

/** Records of a topic whose offsets the transactions commit. */
export interface ReadingFigures {
  readonly topic: string
  readonly read: number
  /** Of these, read before. */
  readonly again: number
  /** Not read yet, as far as is known, or read and not written for good. */
  readonly left: number
}

/** `result.streams.<name>.sections.transactions` */
export interface TransactionsSection extends Totals {
  /** Where the records are made from others. */
  readonly reading?: ReadingFigures
  /** Transactions that ended, per second of the schedule. */
  readonly rate: number
  /** Records that readers of committed ones did not get yet, looked at once a second; absent where no broker told. */
  readonly lsoLag?: LsoLag
  /** µs; absent where nothing was measured. All of them, and the histograms, are in `result.metrics`. */
  readonly latency: Readonly<Partial<Record<(typeof LATENCIES)[number], Figures>>>
}
const LATENCIES = ['begin', 'send', 'commit', 'abort', 'coordinator', 'wait'] as const
interface Figures {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function ended({ transactions }: Totals): number {
  return ENDS.reduce((n, end) => n + transactions[end], 0)
}

/** acked = committed + aborted + unknown + fenced + open, or the run is invalid. */
export function report(
  result: Result,
  {
    stream,
    plugin,
    seconds,
    from,
  }: { readonly stream: string; readonly plugin: string; readonly seconds: number; readonly from?: string },
  totals: Totals | undefined,
  lsoLag: LsoLag | undefined,
): void {
  const found = result.streams[stream]
  if (totals === undefined || found === undefined) return
  const { warmup, measure } = found.phases
  const acked = warmup.counts.acked + measure.counts.acked
  const counted = sumOf(totals.records)
  if (acked !== counted) {
    const terms = Object.entries(totals.records).map(([name, n]) => `${name} ${n}`)
    const detail = `${stream}: ${acked} records were acked, not ${counted} = ${terms.join(' + ')}`
    result.judge('invalid', 'transactions', detail)
  }
  const rate = seconds > 0 ? Math.round((ended(totals) / seconds) * 100) / 100 : 0
  const figure = figuresOf(result, stream, plugin)
  const [read, again, left] = [figure('read'), figure('again'), figure('lag')]
  const section: TransactionsSection = {
    ...totals,
    rate,
    latency: latenciesOf(figure),
    ...(lsoLag && { lsoLag }),
    ...(from !== undefined && { reading: { topic: from, read, again, left } }),
  }
  found.sections['transactions'] = section
}

function figuresOf(result: Result, stream: string, plugin: string) {
  const prefix = Object.keys(result.streams).length > 1 ? `${stream}.${plugin}` : plugin
  return (name: string) => Number(result.value(`${prefix}.${name}`) ?? 0)
}

function latenciesOf(figure: (name: string) => number): TransactionsSection['latency'] {
  const found = LATENCIES.map(name => {
    const [count, p50, p99, max] = (['count', 'p50', 'p99', 'max'] as const).map(stat =>
      figure(`${name}.${stat}`),
    )
    return [name, { count, p50, p99, max } as Figures] as const
  })
  return Object.fromEntries(found.filter(([, { count }]) => count > 0))
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((a, b) => a + b, 0)
}
