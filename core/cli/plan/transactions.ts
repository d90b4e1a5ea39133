/** Transactions of a stream's first producer, as if their ends took no time: how many records they have, and how they end. */
import type { OpenTransaction } from '../../api.ts'
import type { HostStream } from '../../host.ts'
import type { Schedule } from '../../schedule.ts'
import { recordsOf } from './nowhere.ts'

/** So many records are looked at, from the first one on. */
const RECORDS = 20_000

export interface TransactionsPlan {
  /** That have ended among the records that were looked at. */
  readonly ended: number
  readonly records: Spread
  /** From the first record's t_sched to the last one's, µs. */
  readonly openUs: Spread
  /** Share of all that have ended. */
  readonly aborted: number
  /** All producers together. */
  readonly perSecond: number
}
interface Spread {
  readonly p50: number
  readonly max: number
}

class Open implements OpenTransaction {
  records = 0
  bytes = 0
  answer: 'commit' | 'abort' | undefined
  readonly number: number
  readonly producer = 0
  readonly openedAt: number
  readonly freeAt: number
  constructor(number: number, openedAt: number) {
    this.number = number
    this.openedAt = openedAt
    this.freeAt = openedAt
  }
  end(how: 'commit' | 'abort'): void {
    this.answer ??= how
  }
  fence(): void {}
}

export function transactionsOf(stream: HostStream, schedule: Schedule, seed: number): TransactionsPlan {
  const all = recordsOf(stream, seed)
  const { producers } = stream.config
  const [records, openUs]: [number[], number[]] = [[], []]
  let aborted = 0
  let open: Open | undefined
  for (let i = 0; i < RECORDS && i * producers < schedule.total; i++) {
    const index = i * producers
    const at = schedule.at(index)
    const draft = all.make(index, at)
    if (draft === undefined) continue
    open ??= new Open(records.length, at)
    const how = stream.hooks.endTransaction.call(open, draft) ?? open.answer
    open.records++
    open.bytes += Math.max(0, draft.size)
    if (how === undefined) continue
    records.push(open.records)
    openUs.push(at - open.openedAt)
    if (how === 'abort') aborted++
    open = undefined
  }
  const sum = records.reduce((all, n) => all + n, 0)
  const offered = schedule.total / (schedule.endUs / 1e6)
  return {
    ended: records.length,
    records: spreadOf(records),
    openUs: spreadOf(openUs),
    aborted: records.length === 0 ? 0 : aborted / records.length,
    perSecond: sum === 0 ? 0 : (offered * records.length) / sum,
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 }
}
