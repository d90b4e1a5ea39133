/** The table: medians of the rounds, each bound with what was measured. */

import type { Bound, Measured, Row } from './round.ts'
import { WIRE } from './rows.ts'

/** Of every client in a row, the figures of each round. */
export type Rounds = ReadonlyMap<string, readonly Measured[]>

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
function medianOf(rounds: Rounds, name: string, figure: string): number {
  const values = (rounds.get(name) ?? []).map(measured => measured[figure] ?? Number.NaN)
  return values.length === 0 ? Number.NaN : median(values)
}

const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const digits = (value: number) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : 'never'
  if (Math.abs(value) >= 100) return plain.format(value)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
const perCpu = (rounds: Rounds, name: string) =>
  `${(medianOf(rounds, name, 'perCpu') / 1e6).toFixed(2)} M (${medianOf(rounds, name, 'us').toFixed(2)} µs)`

export interface Judged {
  readonly bound: string
  readonly measured: string
  readonly peer: string
  readonly ratio: string
  readonly met: boolean
}
/** Of a client that does not keep the conditions of its row. */
const MARK = '†'
export const MARKED = `${MARK} in one of its rounds not at the rate that was asked for, or with dropped records: no bound is met by it or against it.`

function isMarked({ conditions = [] }: Row, rounds: Rounds, name: string): boolean {
  return (rounds.get(name) ?? []).some(measured =>
    conditions.some(({ figure, atMost, atLeast }) => {
      const value = measured[figure]
      return value !== undefined && !(value <= (atMost ?? value) && value >= (atLeast ?? value))
    }),
  )
}

/** Not a number is no success. */
export function judge(row: Row, bound: Bound, rounds: Rounds): Judged {
  const of = 'against' in bound ? [WIRE, bound.against] : [bound.of]
  const judged = judgeFigures(bound, rounds)
  return { ...judged, met: judged.met && !of.some(name => isMarked(row, rounds, name)) }
}
function judgeFigures(bound: Bound, rounds: Rounds): Judged {
  if ('against' in bound) {
    const { against, atLeast } = bound
    const ratio = medianOf(rounds, WIRE, 'perCpu') / medianOf(rounds, against, 'perCpu')
    return {
      bound: `${atLeast} × ${against}`,
      measured: perCpu(rounds, WIRE),
      peer: perCpu(rounds, against),
      ratio: `${digits(ratio)} ×`,
      met: ratio >= atLeast,
    }
  }
  const { what, of, figure, unit, atMost, atLeast } = bound
  const value = medianOf(rounds, of, figure)
  return {
    bound: `${what} ${atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`} ${unit}`,
    measured: `${digits(value)} ${unit}`,
    peer: '',
    ratio: '',
    met: value <= (atMost ?? value) && value >= (atLeast ?? value),
  }
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const table = (heads: readonly string[], lines: readonly (readonly string[])[]) =>
  [line(heads), line(heads.map(() => '---')), ...lines.map(line)].join('\n')

export function boundsTable(measured: ReadonlyMap<Row, Rounds>): string {
  const lines = [...measured].flatMap(([row, rounds]) =>
    row.bounds.map((bound, i) => {
      const judged = judge(row, bound, rounds)
      const { bound: text, measured: value, peer, ratio, met } = judged
      return [i === 0 ? row.work : '', text, value, peer, ratio, met ? 'met' : '**missed**']
    }),
  )
  return table(['work', 'at least / at most', 'wire engine', 'peer', 'ratio', ''], lines)
}

const FIGURES: readonly (readonly [figure: string, head: string])[] = [
  ['rate', 'records/s'],
  ['us', 'CPU µs a record'],
  ['seconds', 'interval s'],
]
/** Every client, also those that nothing is to be reached against: medians, and the least and the most of the rounds. Some have MARK. */
export function clientsTable(measured: ReadonlyMap<Row, Rounds>): string {
  const lines = [...measured].flatMap(([row, rounds]) =>
    [...rounds].map(([name, all]) => {
      const cpu = all.map(m => m['us'] ?? Number.NaN)
      const others = Object.keys(all[0] ?? {}).filter(
        key => key !== 'perCpu' && !FIGURES.some(([figure]) => figure === key),
      )
      return [
        row.name,
        isMarked(row, rounds, name) ? `${name} ${MARK}` : name,
        ...FIGURES.map(([figure]) => digits(medianOf(rounds, name, figure))),
        Number.isNaN(cpu[0]) ? '' : `${digits(Math.min(...cpu))} – ${digits(Math.max(...cpu))}`,
        others.map(key => `${key} ${digits(medianOf(rounds, name, key))}`).join(', '),
      ]
    }),
  )
  const heads = ['row', 'client', ...FIGURES.map(([, head]) => head), 'least – most µs', 'besides']
  return table(heads, lines)
}
