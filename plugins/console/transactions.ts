/** What became of a stream's transactions, on one line. */
import { count, rate, time } from './format.ts'

/** As much of the section as is told; what else stands under its name is not ours. */
interface Transactions {
  readonly transactions: Readonly<Record<string, number>>
  readonly rate: number
  readonly latency: { readonly commit?: { readonly p99: number } }
  readonly lsoLag?: { readonly max: number }
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
    ...(lsoLag ? [`LSO lag ≤ ${count(lsoLag.max)}`] : []),
  ]
  const all = [...parts, `${rate(found.rate)}/s`]
  while (all.length > 1 && all.join(' · ').length > width) all.pop()
  return [all.join(' · ')]
}
