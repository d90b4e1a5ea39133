/** What consumers went through, on one line: rebalances, a backlog, a lag. '' where there was nothing of it. */
import { compact, count, time } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Consumers {
  readonly rebalances?: {
    readonly count: number
    readonly longestUs: number
    readonly unownedUs: number
    readonly redelivered: number
  }
  readonly backlog?: { readonly records: number; readonly drainUs?: number; readonly rate?: number }
  readonly lag?: {
    readonly records: number
    readonly max: number
    /** The most was more than a second's worth. */
    readonly behind: boolean
    readonly caughtUp?: { readonly afterUs: number }
  }
}

/** Of what is too much for the width the last goes first. */
export function consumersLine(section: unknown, width: number): string {
  const { rebalances, backlog, lag } = (section ?? {}) as Consumers
  const parts = [...rebalancesOf(rebalances), ...backlogOf(backlog), ...lagOf(lag)]
  while (parts.length > 1 && parts.join(' · ').length > width) parts.pop()
  return parts.join(' · ').slice(0, width)
}

function rebalancesOf(of: Consumers['rebalances']): string[] {
  if (of === undefined || (of.count === 0 && of.redelivered === 0)) return []
  const rebalances = `${count(of.count)} rebalance${of.count === 1 ? '' : 's'} ≤ ${time(of.longestUs)}`
  const unowned = of.unownedUs > 0 ? [`no owner ≤ ${time(of.unownedUs)}`] : []
  return [rebalances, ...unowned, ...(of.redelivered > 0 ? [`${count(of.redelivered)} read again`] : [])]
}
function backlogOf(of: Consumers['backlog']): string[] {
  if (of === undefined) return []
  const { records, drainUs, rate } = of
  const drained = drainUs === undefined ? 'not drained' : `drained in ${time(drainUs)}`
  return [`backlog ${count(records)} ${drained}${rate === undefined ? '' : ` at ${compact(rate)}/s`}`]
}
function lagOf(of: Consumers['lag']): string[] {
  if (of === undefined || !of.behind) return []
  const { max, records, caughtUp } = of
  const since = caughtUp === undefined ? `${count(records)} left` : `caught up in ${time(caughtUp.afterUs)}`
  return [`lag reached ${count(max)}, ${since}`]
}
