/** Sizes, values and headers of a plan. */
import { axis, bar, curve, evenTicks, line, type Tick } from './chart.ts'
import { percent, plural, share, shown, size } from './figures.ts'
import { framed, GUTTER, labelled, longest, type Page, stretched, text } from './frame.ts'
import type { SizesPlan } from './sizes.ts'
import type { StreamPlan } from './stream.ts'

const ROWS = 6
const HEADERS = 8
/** Columns of a share, with the blanks around it. */
const SHARE = 11

export function sizeLines({ sizes, sample, by }: StreamPlan, page: Page): string[] {
  if (sizes === undefined || sample.count === 0) return []
  const { min, max, p50, p99, mean, tombstones, each, histogram } = sizes
  const who = by.sizeFor.length > 0 ? `by ${by.sizeFor.join(', ')}: ` : ''
  const none = tombstones > 0 ? [`${percent(tombstones)} tombstones`] : []
  const [first] = each
  if (histogram.length === 0 && each.length < 2)
    return text(page, 'sizes', who + [...(first ? [`${size(first.size)} each`] : []), ...none].join(' · '))
  const range = `${size(min)} to ${size(max)}`
  const facts = [`p50 ${size(p50)}`, `p99 ${size(p99)}`, `mean ${size(mean)}`, range, ...none]
  return [
    ...text(page, 'sizes', who + facts.join(' · ')),
    ...labelled(page, '', eachLines(sizes, page)),
    ...histogramLines(sizes, page),
    ...labelled(page, '', overTime(sizes, page)),
  ]
}

function eachLines({ each }: SizesPlan, { width, colors }: Page): string[] {
  const most = Math.max(...each.map(one => one.share))
  const name = Math.max(...each.map(one => size(one.size).length))
  return each.map(one => {
    const picture = colors.cyan(bar(one.share / most, width - name - SHARE))
    return `${size(one.size).padStart(name)} ${share(one.share).padStart(8)}  ${picture}`
  })
}

function histogramLines({ histogram, max }: SizesPlan, page: Page): string[] {
  const [first, second] = histogram
  if (first === undefined || second === undefined) return []
  const shares = histogram.map(column => column.share)
  const rows = curve(shares, [], ROWS, Math.max(...shares))
  const [low, high] = [first.from, max + 1]
  // equal steps, or equal factors: the first column tells
  const level = Math.abs((high - low) / histogram.length / (second.from - low) - 1) < 1e-6
  const ticks = level ? evenTicks(low, high, page.width, 2, size) : powerTicks(low, high, page.width)
  return framed(page, [], rows, {}, axis(ticks, page.width))
}

/** Powers of two. */
function powerTicks(low: number, high: number, width: number): Tick[] {
  const [first, last] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))]
  const step = Math.max(1, Math.ceil((last - first) / (width / 10)))
  const n = Math.max(0, Math.floor((last - first) / step) + 1)
  return Array.from({ length: n }, (_, i) => {
    const bytes = 2 ** (first + i * step)
    return { at: Math.log(bytes / low) / Math.log(high / low), label: size(bytes) }
  })
}

function overTime({ overTime: means }: SizesPlan, { width, colors }: Page): string[] {
  if (means.length === 0) return []
  const some = means.filter(mean => mean > 0)
  const range = `  mean over time: ${size(Math.min(...some))} to ${size(Math.max(...some))}`
  return [colors.cyan(line(stretched(means, width - range.length), Math.max(...means))) + range]
}

export function valueLines({ values }: StreamPlan, page: Page): string[] {
  if (values === undefined) return []
  const { by, example, compressed } = values
  const who = by.length > 0 ? `by ${by.join(', ')}` : "the engine's own"
  const how =
    compressed === undefined
      ? ''
      : `: a batch of them compresses to ${percent(Number(compressed.toFixed(2)))} (zstd)`
  // digits of bytes say nothing to anybody
  const readable = example.startsWith('0x') ? '' : example
  const lines = readable.match(new RegExp(`.{1,${page.width}}`, 'gu')) ?? []
  return [...text(page, 'values', who + how), ...lines.map(l => ' '.repeat(GUTTER) + l)]
}

export function headerLines({ headers }: StreamPlan, page: Page): string[] {
  const { each, bytes } = headers
  if (each.length === 0) return []
  const listed = each.slice(0, HEADERS)
  const name = longest(
    listed.map(header => header.name),
    page,
  )
  const rows = listed.map(header => {
    const some = header.share < 1 ? `  in ${percent(header.share)}` : ''
    const value = shown(header.value, Math.max(1, page.width - name - 2 - some.length))
    return `${shown(header.name, name).padEnd(name)}  ${value}${page.colors.dim(some)}`
  })
  const more = each.length > HEADERS ? [`… ${each.length - HEADERS} more`] : []
  return [
    ...text(page, 'headers', `${plural(each.length, 'name')}, ${size(bytes)} a record, such as`),
    ...labelled(page, '', [...rows, ...more]),
  ]
}
