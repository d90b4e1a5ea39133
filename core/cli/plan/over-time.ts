/** What a sample's records have in the course of the run. */
import type { Sample } from './sample.ts'

/** Of the records in an equal part of the run's time. */
export interface Part {
  records: number
  sum: number
  squares: number
}

/** Of all records, in so many parts of the time. */
export function partsOf(
  { at, count }: Sample,
  endUs: number,
  n: number,
  value: (row: number) => number | boolean,
): Part[] {
  const parts = Array.from({ length: n }, (): Part => ({ records: 0, sum: 0, squares: 0 }))
  for (let row = 0; row < count; row++) {
    const part = parts[Math.min(n - 1, Math.floor(((at[row] as number) / endUs) * n))]
    if (part === undefined) continue
    const x = Number(value(row))
    part.records++
    part.sum += x
    part.squares += x * x
  }
  return parts
}

export function meanOf({ sum, records }: Part): number {
  return records === 0 ? 0 : sum / records
}

/** Whether the means differ by so much that it is no chance: their range would be 4 standard errors, seldom 6. */
export function changes(parts: readonly Part[]): boolean {
  const some = parts.filter(part => part.records > 1)
  if (some.length < 2) return false
  const means = some.map(meanOf)
  const within = some.map(({ records, sum, squares }) => (squares - (sum * sum) / records) / (records - 1))
  const error = Math.max(...some.map(({ records }, i) => Math.sqrt((within[i] as number) / records)))
  return Math.max(...means) - Math.min(...means) > 7 * error
}
