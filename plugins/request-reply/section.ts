/** What the report says of a stream of requests. */
import type { Percentile, Result } from '../../core/plugin.ts'

const COUNTS = ['replies', 'late', 'missing', 'aborted', 'duplicates', 'foreign'] as const
const STATS = ['count', 'min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const

export type RequestReplySection = {
  readonly timeoutUs: number
  /** µs; absent without a reply. */
  readonly roundTrip?: Readonly<Partial<Record<(typeof STATS)[number], Percentile>>>
} & Readonly<Partial<Record<(typeof COUNTS)[number], Percentile>>>

export function sectionOf(result: Result, stream: string, timeoutUs: number): RequestReplySection {
  const prefix = Object.keys(result.streams).length > 1 ? `${stream}.` : ''
  const read = (names: readonly string[], of: string) =>
    Object.fromEntries(
      names.flatMap(name => {
        const value = result.value(`${prefix}request-reply.${of}${name}`)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  const roundTrip = read(STATS, 'roundTrip.')
  const answered = Number(roundTrip['count'] ?? 0) > 0
  return { timeoutUs, ...read(COUNTS, ''), ...(answered && { roundTrip }) }
}
