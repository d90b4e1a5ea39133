/** Transactions and consumers of a plan. */
import { count, percent, rate, span } from './figures.ts'
import { labelled, type Page, text } from './frame.ts'
import type { StreamPlan } from './stream.ts'

const DOING = { polls: '█', waits: '▒', pauses: '·', away: ' ' } as const

export function transactionLines({ transactions, by }: StreamPlan, page: Page): string[] {
  if (transactions === undefined) return []
  const who = `by ${by.endTransaction.join(', ')}`
  const { ended, records, openUs, aborted, perSecond } = transactions
  if (ended === 0)
    return text(page, 'transactions', `${who}: not one ends by its records alone, so timers decide in a run`)
  const spread = ({ p50, max }: { p50: number; max: number }, shown: (n: number) => string) =>
    p50 === max ? shown(p50) : `${shown(p50)}, at most ${shown(max)}`
  const facts = [
    `${spread(records, count)} records`,
    `open for ${spread(openUs, span)}`,
    `${rate(perSecond)} by all producers`,
    ...(aborted > 0 ? [`${percent(aborted)} are aborted`] : []),
  ]
  return text(page, 'transactions', `${who}: ${facts.join(' · ')}`)
}

export function consumerLines({ consumers }: StreamPlan, page: Page): string[] {
  if (consumers === undefined) return []
  const { by, members, drawn } = consumers
  const several = drawn.some(member => member.group > 0)
  const rows = drawn.map(({ group, index, doing }) => {
    const name = several ? `${group}.${index}` : String(index)
    return `${name.padEnd(3)} ${page.colors.cyan(doing.map(one => DOING[one]).join(''))}`
  })
  const more = members - rows.length
  return [
    ...text(page, 'consumers', `by ${by.join(', ')}: █ polls, ▒ waits, · is paused, blank is away`),
    ...labelled(page, '', [...rows, ...(more > 0 ? [`… ${count(more)} more`] : [])]),
  ]
}
