/** The report of a run on its screen of 80 × 24 or more, the prompt's line included; several streams take a block each. */
import type { createColors } from 'picocolors'
import type { ResolvedConfig, ResultData } from '../../core/plugin.ts'
import { consumersLine } from './consumers.ts'
import { count, printable, shortened, span, wrap } from './format.ts'
import { repliesLine } from './replies.ts'
import { accountLines, latencyRows, rateRows } from './stream.ts'
import { thresholdLines } from './thresholds.ts'
import { trafficLine } from './traffic.ts'
import { transactionLines } from './transactions.ts'
import { headline, limitOf, reasonsOf } from './verdict.ts'

type Counts = ResultData['streams'][string]['phases']['measure']['counts']
type Colors = ReturnType<typeof createColors>

const SCREEN = { columns: 80, rows: 24 }
const GUTTER = 12
const ERRORS = 3
/** With more kinds of errors and thresholds than that there is room for a whole message. */
const ROOMY = 2
interface Detail {
  /** Thresholds, and kinds of error. */
  readonly most: number
  /** Of the verdict. */
  readonly reasons: number
  /** Lines of their own. */
  readonly shows: readonly ('traffic' | 'consumers')[]
}
const all = { reasons: 3, shows: ['traffic', 'consumers'] } as const
const WHOLE: Detail = { most: Number.POSITIVE_INFINITY, ...all }
const LONG: Detail = { most: 8, ...all }
/** The first that the screen has room for. */
const DETAIL: readonly Detail[] = [
  WHOLE,
  LONG,
  { most: 4, ...all },
  { most: 2, ...all },
  { most: 1, ...all },
  { most: 1, reasons: 3, shows: ['consumers'] },
  { most: 1, reasons: 1, shows: ['consumers'] },
  { most: 1, reasons: 3, shows: [] },
]

export interface SummaryOptions {
  readonly config: ResolvedConfig
  readonly colors: Colors
  /** Of the terminal; more than 80 are not used. */
  readonly columns: number
  /** Of the screen, 24 at least; Infinity where there is none. */
  readonly rows: number
  /** Names of the files that lie in the run's folder. */
  readonly files: readonly string[]
  /** Of a plugin's metric. */
  readonly unitOf: (metric: string) => string | undefined
}

/** With as much detail – thresholds, kinds of error, traffic – as the screen has room for. */
export function summary(result: ResultData, options: SummaryOptions): string {
  // the prompt has a line
  const room = Math.max(SCREEN.rows, options.rows) - 1
  // a block each of several streams is not worth less for a screen that is too small anyway
  for (const detail of options.config.streams.length > 1 ? [WHOLE, LONG] : DETAIL) {
    const blocks = blocksOf(result, options, detail)
    if (lines(blocks) <= room) return layOut(blocks, room)
  }
  const blocks = blocksOf(result, options, LONG)
  // the verdict has left the screen by the time the prompt is back
  return layOut([...blocks, ...blocks.slice(0, 1)], Number.POSITIVE_INFINITY)
}

function blocksOf(
  result: ResultData,
  options: SummaryOptions,
  { most, shows, ...detail }: Detail,
): string[][] {
  const { config, colors, files, unitOf } = options
  const width = Math.min(options.columns, SCREEN.columns)
  const section = (label: string, lines: readonly string[]) =>
    lines.map((line, i) => (i === 0 ? colors.bold(label.padEnd(GUTTER)) : ' '.repeat(GUTTER)) + line)
  const text = (label: string, ...paragraphs: string[]) =>
    section(
      label,
      paragraphs.flatMap(p => wrap(p, width - GUTTER)),
    )
  const { reasons, more } = reasonsOf(result, detail.reasons)
  const see = files.includes('result.json') ? ', see result.json' : ''
  const several = config.streams.length > 1
  const streams = config.streams.flatMap(settings => {
    const stream = result.streams[settings.name]
    if (stream === undefined) return []
    const title = several ? text(shortened(settings.name, GUTTER - 1), topicOf(settings)) : []
    const { measure, warmup } = stream.phases
    if ((settings.producers === 0 ? measure.counts.consumed : measure.counts.scheduled) === 0)
      return [
        [...title, ...text('records', `none in the measured phase${inWarmup(warmup.counts, settings)}`)],
      ]
    const rates = rateRows(measure, settings, colors)
    const latency = latencyRows(measure, colors)
    const account = section('records', accountLines(stream, settings, width - GUTTER, colors))
    account.push(...section('commits', transactionLines(stream.sections['transactions'], width - GUTTER)))
    const replies = repliesLine(stream.sections['request-reply'], width - GUTTER)
    account.push(...section('replies', replies === '' ? [] : [replies]))
    if (shows.includes('traffic'))
      account.push(...section('traffic', trafficOf(stream, settings, width - GUTTER)))
    const consumers = consumersLine(stream.sections['consumers'], width - GUTTER)
    if (shows.includes('consumers') && consumers !== '') account.push(...section('consumers', [consumers]))
    return several ? [[...title, ...rates, ...latency, ...account]] : [rates, latency, account]
  })
  return [
    verdictLines(result, config, width, colors),
    [
      ...text('reasons', ...reasons, ...(more > 0 ? [`… ${more} more${see}`] : [])),
      ...text('limit', limitOf(result, config)),
      ...text('broker', brokerOf(result)),
      ...text('run', runOf(result, config)),
      ...text('config', printable(config.file ?? '')),
      ...text('stopped', stoppedOf(result)),
    ],
    ...streams,
    [
      ...section('errors', errorsOf(result, most, width - GUTTER)),
      ...section('thresholds', thresholdLines(result, { most, width: width - GUTTER, colors, unitOf })),
      ...text('files', filesOf(result, files)),
    ],
  ].filter(block => block.length > 0)
}

function lines(blocks: readonly (readonly string[])[]): number {
  return blocks.reduce((n, block) => n + block.length, 0)
}

/** A blank line between blocks, as far as the screen has room for them: the last ones go first. */
function layOut(blocks: readonly (readonly string[])[], most: number): string {
  const blanks = Math.min(blocks.length - 1, most - lines(blocks))
  return blocks.map((block, i) => block.join('\n') + (i < blanks ? '\n' : '')).join('\n')
}

function verdictLines(result: ResultData, config: ResolvedConfig, width: number, colors: Colors): string[] {
  const { word, tone, text } = headline(result, config)
  const paint = { good: colors.green, warning: colors.yellow, bad: colors.red }[tone]
  const exit = `exit ${result.exitCode}`
  const gutter = Math.max(GUTTER, word.length + 2)
  const lines = wrap(text, width - gutter - exit.length - 2)
  return lines.map((line, i) =>
    i === 0
      ? `${colors.bold(paint(word))}${' '.repeat(gutter - word.length)}${line.padEnd(width - gutter - exit.length)}${colors.dim(exit)}`
      : ' '.repeat(gutter) + line,
  )
}

function trafficOf(
  { sections }: ResultData['streams'][string],
  { plugins }: ResolvedConfig['streams'][number],
  width: number,
): string[] {
  const imbalanced = plugins.some(key => /(^|\.)partitions\./.test(key))
  return [trafficLine(sections['traffic'], imbalanced, width)].filter(line => line !== '')
}

function brokerOf({ run }: ResultData): string {
  const { addresses, embedded, version } = run.broker
  if (embedded)
    return "embedded broker, a test double: figures are the generator's ceiling, not Kafka's performance"
  const at = addresses.map(printable).join(', ')
  return version === '' ? at : `${at} – ${printable(version)}`
}

function runOf({ run }: ResultData, config: ResolvedConfig): string {
  const [only] = config.streams
  const { warmupUs, durationUs } = config
  const facts = [
    config.streams.length === 1 && only ? topicOf(only) : `${config.streams.length} streams`,
    ...(run.driver === '' ? [] : [printable(run.driver)]),
    `${warmupUs > 0 ? `${span(warmupUs)} warm-up + ` : ''}${span(durationUs)}`,
    ...(config.scale === 1 ? [] : [`scale ${config.scale}`]),
  ]
  return facts.join(' · ')
}
function topicOf({ topic, rate, producers }: ResolvedConfig['streams'][number]): string {
  const how = producers === 0 ? ' · only read' : rate.kind === 'max' ? ' · rate max' : ''
  return `topic ${printable(topic.name)}${how}`
}
function inWarmup({ scheduled, acked, consumed }: Counts, { producers }: { producers: number }): string {
  if (producers === 0) return consumed === 0 ? '' : `, ${count(consumed)} read in the warm-up`
  return scheduled === 0 ? '' : `, ${count(scheduled)} in the warm-up (${count(acked)} acked)`
}
/** A signal is in the first line. */
function stoppedOf({ run, exitCode }: ResultData): string {
  return exitCode === 130 || exitCode === 143 ? '' : printable(run.stopped ?? '')
}

/** What made records fail, by the number of them. */
function errorsOf({ events }: ResultData, kindsShown: number, width: number): string[] {
  const most = Math.min(ERRORS, kindsShown)
  const roomy = kindsShown > ROOMY
  const kinds = new Map<string, { records: number; message: string }>()
  for (const event of events) {
    if (event.kind !== 'error') continue
    const kind = kinds.get(event.code) ?? { records: 0, message: event.message }
    kinds.set(event.code, { ...kind, records: kind.records + event.records })
  }
  const sorted = [...kinds].sort(([, a], [, b]) => b.records - a.records)
  const lines = sorted.slice(0, most).map(([code, { records, message }]) => {
    const text = [code, ...(records > 0 ? [`${count(records)} records`] : []), message]
    const line = text.filter(Boolean).join(' · ')
    return roomy ? wrap(printable(line), width) : [shortened(line, width)]
  })
  const more = sorted.length - most
  return more > 0 ? [...lines.flat(), `… ${more} more kind${more > 1 ? 's' : ''}`] : lines.flat()
}

function filesOf({ run, exitCode }: ResultData, files: readonly string[]): string {
  if (files.length === 0) return exitCode === 4 ? `none in ${printable(run.out)}` : ''
  return `${printable(run.out).replace(/\/?$/, '/')} ${files.map(printable).join(' ')}`
}
