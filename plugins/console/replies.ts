/** What came back of a stream's requests, on one line. '' where it made none. */
import type { Percentile } from '../../core/plugin.ts'
import { count, time } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Replies {
  readonly timeoutUs: number
  readonly replies?: number
  readonly late?: number
  readonly missing?: number
  readonly roundTrip?: { readonly p50?: Percentile; readonly p99?: Percentile }
}

/** Of what is too much for the width the last goes first. */
export function repliesLine(section: unknown, width: number): string {
  const found = section as Replies | undefined
  if (found?.timeoutUs === undefined || found.replies === undefined) return ''
  const { replies, late = 0, missing = 0, roundTrip: { p50, p99 } = {} } = found
  const parts = [
    `${count(replies)} answered`,
    ...(p50 === undefined || p99 === undefined ? [] : [`round trip p50 ${time(p50)}, p99 ${time(p99)}`]),
    ...(late > 0 ? [`${count(late)} late`] : []),
    ...(missing > 0 ? [`${count(missing)} missing`] : []),
  ]
  while (parts.length > 1 && parts.join(' · ').length > width) parts.splice(1, 1)
  return parts.join(' · ').slice(0, width)
}
