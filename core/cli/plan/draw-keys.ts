/** Keys and partitions of a plan. */
import { axis, bar, curve, evenTicks, line } from './chart.ts'
import { compact, count, percent, plural, share as shareOf, shown } from './figures.ts'
import { framed, labelled, longest, type Page, squeezed, stretched, text } from './frame.ts'
import type { KeysPlan } from './keys.ts'
import type { StreamPlan } from './stream.ts'

/** Of a picture of numbers. */
const ROWS = 5
/** So many partitions are listed one by one. */
const PARTITIONS = 16
/** Of fewer keys everybody sees how many have half. */
const MANY = 10
/** Columns of a share, with the blanks around it. */
const SHARE = 11

export function keyLines({ keys, sample, by }: StreamPlan, page: Page): string[] {
  if (keys === undefined || sample.count === 0) return []
  const { distinct, keyless, top, highest, half, numbers } = keys
  if (distinct === 0) return text(page, 'keys', 'none: records are keyless')
  const keyed = Math.round(sample.count * (1 - keyless))
  const facts = [
    `by ${by.keyFor.join(', ')}: ${plural(distinct, 'key')}${distinct === keyed ? ', each once' : ''}`,
    ...(half !== undefined && distinct >= MANY ? [`${count(half)} have half of the keyed records`] : []),
    ...(keyless > 0 ? [`${percent(keyless)} of the records have none`] : []),
    ...(numbers ? [`${count(numbers.least)} to ${count(numbers.greatest)}`] : []),
    ...(top.length === 0 && distinct < keyed ? [`none stands out: ${percent(highest)} at most`] : []),
  ]
  const most = Math.max(...top.flatMap(key => key.overTime))
  const name = Math.max(
    3,
    longest(
      top.map(({ key }) => key),
      page,
    ),
  )
  const rows = top.map(({ key, share, overTime }) => {
    const picture = line(stretched(overTime, page.width - name - SHARE), most).trimEnd()
    return `${shown(key, name).padEnd(name)} ${shareOf(share).padStart(8)}  ${page.colors.cyan(picture)}`
  })
  const head = rows.length > 0 ? [page.colors.dim(`${'key'.padEnd(name)}    share  over time`)] : []
  return [
    ...text(page, 'keys', facts.join(' · ')),
    ...labelled(page, '', [...head, ...rows]),
    ...(numbers ? numberLines(numbers, page) : []),
  ]
}

function numberLines({ least, greatest, shares }: KeysPlan['numbers'] & object, page: Page): string[] {
  const rows = curve(stretched(shares, page.width), [], ROWS, Math.max(...shares))
  const ticks = evenTicks(least, greatest + 1, page.width, 10, count)
  return framed(page, [], rows, {}, axis(ticks, page.width))
}

export function partitionLines({ chosen, partitions, by, left }: StreamPlan, page: Page): string[] {
  if (left.some(l => l.makes.includes('partitionFor'))) return []
  if (chosen === undefined)
    return text(page, 'partitions', `${count(partitions)}, chosen by the driver's partitioner`)
  const shares = chosen.partitions
  const order = [...shares.keys()].sort((a, b) => (shares[a] as number) - (shares[b] as number))
  const [least, most] = [order[0] as number, order.at(-1) as number]
  const highest = shares[most] as number
  const facts = [
    `by ${by.partitionFor.join(', ')}: ${plural(partitions, 'partition')}`,
    `${percent(shares[least] as number)} on ${least}, ${percent(highest)} on ${most}`,
    `the fullest has ${compact(highest * partitions)} × the mean`,
    ...(chosen.share < 1
      ? [`so for ${percent(chosen.share)} of the records; the driver's partitioner chooses for the rest`]
      : []),
  ]
  const rows =
    partitions <= PARTITIONS
      ? shares.map((share, p) => {
          const picture = bar(share / highest, page.width - 2 - SHARE)
          return `${String(p).padStart(2)} ${shareOf(share).padStart(8)}  ${page.colors.cyan(picture)}`
        })
      : [page.colors.cyan(line(partitions > page.width ? squeezed(shares, page.width) : shares))]
  return [...text(page, 'partitions', facts.join(' · ')), ...labelled(page, '', rows)]
}
