/** The report of a run on a screen of 80 × 24, the prompt's line included; several streams take a block each. */
import type { createColors } from 'picocolors'
import type { ResolvedConfig, ResultData } from '../../core/plugin.ts'
import { count, printable, shortened, span, wrap } from './format.ts'
import { accountLines, latencyRows, rateRows } from './stream.ts'
import { thresholdLines } from './thresholds.ts'
import { headline, limitOf, reasonsOf } from './verdict.ts'

type Counts = ResultData['streams'][string]['phases']['measure']['counts']
type Colors = ReturnType<typeof createColors>

const SCREEN = { columns: 80, lines: 23 }
const GUTTER = 12
const ERRORS = 3

export interface SummaryOptions {
  readonly config: ResolvedConfig
  readonly colors: Colors
  /** Of the terminal; more than 80 are not used. */
  readonly columns: number
  /** Names of the files that lie in the run's folder. */
  readonly files: readonly string[]
  /** Of a plugin's metric. */
  readonly unitOf: (metric: string) => string | undefined
}

/** With as much detail – thresholds, kinds of error – as the screen has room for. */
export function summary(result: ResultData, options: SummaryOptions): string {
  let blocks: string[][] = []
  for (const most of [8, 4, 2, 1]) {
    blocks = blocksOf(result, options, most)
    if (options.config.streams.length > 1 || lines(blocks) <= SCREEN.lines) break
  }
  if (lines(blocks) <= SCREEN.lines) return layOut(blocks, SCREEN.lines)
  // the verdict has left the screen by the time the prompt is back
  return layOut([...blocks, ...blocks.slice(0, 1)], Number.POSITIVE_INFINITY)
}

function blocksOf(result: ResultData, options: SummaryOptions, most: number): string[][] {
  const { config, colors, files, unitOf } = options
  const width = Math.min(options.columns, SCREEN.columns)
  const section = (label: string, lines: readonly string[]) =>
    lines.map((line, i) => (i === 0 ? colors.bold(label.padEnd(GUTTER)) : ' '.repeat(GUTTER)) + line)
  const text = (label: string, ...paragraphs: string[]) =>
    section(
      label,
      paragraphs.flatMap(p => wrap(p, width - GUTTER)),
    )
  const { reasons, more } = reasonsOf(result)
  const see = files.includes('result.json') ? ', see result.json' : ''
  const several = config.streams.length > 1
  const streams = config.streams.flatMap(settings => {
    const stream = result.streams[settings.name]
    if (stream === undefined) return []
    const title = several ? text(shortened(settings.name, GUTTER - 1), topicOf(settings)) : []
    const { measure, warmup } = stream.phases
    if (measure.counts.scheduled === 0)
      return [[...title, ...text('records', `none in the measured phase${inWarmup(warmup.counts)}`)]]
    const rates = rateRows(measure, settings, colors)
    const latency = latencyRows(measure, colors)
    const account = section('records', accountLines(stream, settings, width - GUTTER, colors))
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
      ...section('errors', errorsOf(result, Math.min(ERRORS, most), width - GUTTER)),
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
  ]
  return facts.join(' · ')
}
function topicOf({ topic, rate }: ResolvedConfig['streams'][number]): string {
  return `topic ${printable(topic.name)}${rate.kind === 'max' ? ' · rate max' : ''}`
}
function inWarmup({ scheduled, acked }: Counts): string {
  return scheduled === 0 ? '' : `, ${count(scheduled)} in the warm-up (${count(acked)} acked)`
}
/** A signal is in the first line. */
function stoppedOf({ run, exitCode }: ResultData): string {
  return exitCode === 130 || exitCode === 143 ? '' : printable(run.stopped ?? '')
}

/** What made records fail, by the number of them. */
function errorsOf({ events }: ResultData, most: number, width: number): string[] {
  const kinds = new Map<string, { records: number; message: string }>()
  for (const event of events) {
    if (event.kind !== 'error') continue
    const kind = kinds.get(event.code) ?? { records: 0, message: event.message }
    kinds.set(event.code, { ...kind, records: kind.records + event.records })
  }
  const sorted = [...kinds].sort(([, a], [, b]) => b.records - a.records)
  const lines = sorted.slice(0, most).map(([code, { records, message }]) => {
    const text = [code, ...(records > 0 ? [`${count(records)} records`] : []), message]
    return shortened(text.filter(Boolean).join(' · '), width)
  })
  const more = sorted.length - most
  return more > 0 ? [...lines, `… ${more} more kind${more > 1 ? 's' : ''}`] : lines
}

function filesOf({ run, exitCode }: ResultData, files: readonly string[]): string {
  if (files.length === 0) return exitCode === 4 ? `none in ${printable(run.out)}` : ''
  return `${printable(run.out).replace(/\/?$/, '/')} ${files.map(printable).join(' ')}`
}
