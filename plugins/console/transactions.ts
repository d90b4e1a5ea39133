/** What became of a stream's transactions, and of what they read. */
import { count, rate, time } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Transactions {
  readonly transactions: Readonly<Record<string, number>>
  readonly rate: number
  readonly latency: { readonly commit?: { readonly p99: number } }
  readonly lsoLag?: { readonly max: number }
  readonly reading?: {
    readonly topic: string
    readonly read: number
    readonly again: number
    readonly left: number
  }
}

/** None where there are no transactions. Where room is short their rate goes first, then what is last. */
export function transactionLines(section: unknown, width: number): string[] {
  const found = section as Transactions | undefined
  if (found?.transactions === undefined || found.latency === undefined) return []
  const { transactions, latency, lsoLag } = found
  const { committed = 0, ...others } = transactions
  const parts = [
    `${count(committed)} committed`,
    ...Object.entries(others).flatMap(([name, n]) => (n > 0 ? [`${count(n)} ${name}`] : [])),
    ...(latency.commit ? [`p99 ${time(latency.commit.p99)}`] : []),
    ...(lsoLag ? [`LSO lag reached ${count(lsoLag.max)}`] : []),
  ]
  return [line([...parts, `${rate(found.rate)}/s`], width), ...readingLine(found.reading, width)]
}

function readingLine(reading: Transactions['reading'], width: number): string[] {
  if (reading === undefined) return []
  const { topic, read, again, left } = reading
  const parts = [`${count(read)} read`, `${count(again)} of them again`, `${count(left)} left`]
  return [line([...parts, `in ${topic}`], width)]
}

function line(parts: readonly string[], width: number): string {
  const fit = [...parts]
  while (fit.length > 1 && fit.join(' · ').length > width) fit.pop()
  return fit.join(' · ')
}
