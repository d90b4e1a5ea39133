/** A stream's plan on a screen: a section for each of what its records have. */
import { axis, curve, roundUp, timeTicks } from './chart.ts'
import { keyLines, partitionLines } from './draw-keys.ts'
import { consumerLines, transactionLines } from './draw-members.ts'
import { headerLines, sizeLines, valueLines } from './draw-values.ts'
import { compact, count, percent, plural, rate, span, volume } from './figures.ts'
import { framed, GUTTER, type Page, text } from './frame.ts'
import type { StreamPlan } from './stream.ts'

const sections = {
  records: recordLines,
  rate: rateLines,
  keys: keyLines,
  partitions: partitionLines,
  sizes: sizeLines,
  values: valueLines,
  headers: headerLines,
  transactions: transactionLines,
  consumers: consumerLines,
} satisfies Record<string, (plan: StreamPlan, page: Page) => string[]>
export type Section = keyof typeof sections

const ROWS = 8
/** A peak below so many times the mean is none. */
const EVEN = 1.02

/** Columns of a picture on a screen of so many. */
export function pictureWidth(columns: number): number {
  return Math.max(20, Math.min(columns, 160) - GUTTER)
}

/** @param wanted sections to draw, in the plan's order. @default all that the plan has */
export function drawPlan(plan: StreamPlan, page: Page, wanted?: readonly Section[]): string[] {
  const drawn = Object.entries(sections)
    .filter(([name]) => wanted === undefined || wanted.some(w => w === name))
    .map(([, draw]) => draw(plan, page))
  const unprepared = plan.unprepared.map(plugin =>
    text(page, 'unprepared', `${plugin}: drawn without what it prepares when a run starts`),
  )
  const left = plan.left.map(({ plugin, why }) => text(page, 'not drawn', `${plugin}: ${why}`))
  return [...drawn, ...unprepared, ...left]
    .filter(lines => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
    .map(line => line.trimEnd())
}

function recordLines(plan: StreamPlan, page: Page): string[] {
  const { offered, endUs, warmupUs, sample, sizes, producers, fed } = plan
  const drawn = sample.count + sample.dropped
  const lost = sample.dropped / Math.max(1, drawn)
  const makers = `by ${plural(producers, 'producer')}`
  const dropped = lost > 0 ? `${percent(lost)} of them are dropped by plugins before they are sent` : ''
  if (producers === 0) return text(page, 'records', 'none: the stream only reads')
  if (fed) return text(page, 'records', `${makers}, as plugins give them: what comes is known in a run only`)
  if (offered === undefined)
    return text(
      page,
      'records',
      `as fast as it goes for ${span(endUs)}, ${makers}: there is no schedule to draw`,
      `what follows is of the first ${count(drawn)} records, as if they took all of that time`,
      dropped,
    )
  const warmup = warmupUs > 0 ? `, the first ${span(warmupUs)} are warm-up (╌)` : ''
  const bytes = sizes && offered.records * (1 - lost) * sizes.mean
  const perSecond = (n: number) => `${volume(n / (endUs / 1e6))}/s`
  return text(
    page,
    'records',
    `${count(offered.records)} in ${span(endUs)}${warmup}, ${makers}`,
    offered.peak < EVEN * offered.mean
      ? `${rate(offered.mean)} all the time`
      : `${rate(offered.mean)} on average, at most ${rate(offered.peak)} (over ${span(offered.windowUs)})`,
    bytes === undefined
      ? ''
      : `${sample.whole ? '' : '≈ '}${volume(bytes)} of values, ${perSecond(bytes)} on average`,
    dropped,
    sample.whole ? '' : `what follows is of ${count(drawn)} of them, drawn from all of the schedule`,
  )
}

function rateLines({ offered, warmupUs, by }: StreamPlan, page: Page): string[] {
  if (offered === undefined) return []
  const { columns, peaks, endUs, peak } = offered
  const top = roundUp(peak)
  const { width } = page
  const rows = curve(columns, peaks, ROWS, top)
  const labels = { 0: compact(top), [ROWS / 2]: compact(top / 2) }
  const foot = axis(timeTicks(endUs, Math.floor(width / 11), span), width, warmupUs / endUs)
  const makers = [...new Set([...by.schedule, ...by.arrivals])]
  return [
    ...framed(page, ['rate', 'records/s'], rows, labels, foot),
    ...text(page, '', makers.length > 0 ? `by ${makers.join(', ')}` : ''),
  ]
}
