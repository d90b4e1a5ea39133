/** A worker's account of its transactions: how they ended, with how many acked records, and how long each part of it took. */
import type { Acks, RunEvent, Stream } from '../../core/plugin.ts'

export const ENDS = ['committed', 'aborted', 'unknown', 'fenced'] as const
type End = (typeof ENDS)[number]
export type Counts = Readonly<Record<End | 'open', number>>

/** Transactions, and the acked records in them; `refused`: they were to be committed, and were aborted. */
export interface Totals {
  readonly transactions: Counts
  readonly records: Counts
  readonly refused: number
}
type Tally = Record<End | 'open', number>

/** The transaction of a producer that is open, or was last. */
interface Current {
  number: number
  open: boolean
  acked: number
  /** µs since t0; NaN: not yet. */
  begunAt: number
  lastAckAt: number
}

const nothing = (): Tally => ({ committed: 0, aborted: 0, unknown: 0, fenced: 0, open: 0 })
const sum = (a: Counts, b: Counts): Counts => ({
  committed: a.committed + b.committed,
  aborted: a.aborted + b.aborted,
  unknown: a.unknown + b.unknown,
  fenced: a.fenced + b.fenced,
  open: a.open + b.open,
})

export class Account {
  readonly #transactions = nothing()
  readonly #records = nothing()
  #refused = 0
  readonly #current = new Map<number, Current>()
  readonly #metrics
  readonly #wanted: (producer: number, transaction: number) => 'commit' | 'abort'

  /** @param wanted how a transaction is to end. */
  constructor(stream: Stream, wanted: (producer: number, transaction: number) => 'commit' | 'abort') {
    this.#metrics = metricsOf(stream)
    this.#wanted = wanted
  }

  /** Those that are open are counted here, one by one: what is acked in them is in no other count. */
  totals(): Totals {
    this.#transactions.open = 0
    this.#records.open = 0
    for (const { open, acked } of this.#current.values()) {
      if (!open) continue
      this.#transactions.open++
      this.#records.open += acked
    }
    return {
      transactions: { ...this.#transactions },
      records: { ...this.#records },
      refused: this.#refused,
    }
  }

  acked({ state, producer, transaction, count, ackedAt }: Acks): void {
    if (state !== 'acked') return
    const current = this.#current.get(producer)
    // of another one it would be in no count, and the account would not close
    if (current === undefined || !current.open || current.number !== transaction) return
    if (current.acked === 0) this.#metrics.begin.record(ackedAt - current.begunAt)
    current.acked += count
    current.lastAckAt = ackedAt
  }

  happened(event: RunEvent): void {
    if (event.kind !== 'transaction') return
    const { producer, transaction: number, step, at } = event
    if (step === 'begin') {
      const current = { number, open: true, acked: 0, begunAt: at, lastAckAt: Number.NaN }
      this.#current.set(producer, current)
      return
    }
    const current = this.#current.get(producer)
    if (current === undefined || !current.open || current.number !== number) return
    this.#ended(current, event)
  }

  #ended(current: Current, { producer, step, at, tookUs }: Extract<RunEvent, { kind: 'transaction' }>): void {
    if (step === 'begin') return
    const { acked, begunAt, lastAckAt } = current
    const metrics = this.#metrics
    current.open = false
    this.#transactions[step]++
    this.#records[step] += acked
    metrics[step].add()
    metrics.records[step].add(acked)
    if (acked > 0) metrics.send.record(lastAckAt - begunAt)
    // of the others it is not known, or not of their making
    if (step === 'committed') metrics.commit.record(tookUs)
    else if (step === 'aborted') metrics.abort.record(tookUs)
    if (step === 'committed' || step === 'aborted') {
      const asked = at - tookUs
      metrics.coordinator.record(at - (acked > 0 ? Math.max(asked, lastAckAt) : asked))
    }
    if (step !== 'aborted' || this.#wanted(producer, current.number) === 'abort') return
    this.#refused++
    metrics.refused.add()
  }
}

/** A worker's part and main's view of it. */
export function collected(stream: Stream, account: Account) {
  return stream.metrics.collect<Totals>('totals', {
    take: () => account.totals(),
    merge: (a, b) => ({
      transactions: sum(a.transactions, b.transactions),
      records: sum(a.records, b.records),
      refused: a.refused + b.refused,
    }),
  })
}

function metricsOf({ metrics }: Stream) {
  const transactions = (name: string, help: string) => metrics.counter(name, { unit: 'transactions', help })
  const records = (name: string, help: string) => metrics.counter(name, { unit: 'records', help })
  const time = (name: string, help: string) => metrics.histogram(name, { unit: 'µs', help })
  return {
    committed: transactions('committed', 'transactions that were committed'),
    aborted: transactions('aborted', 'transactions that were aborted'),
    unknown: transactions('unknown', 'transactions whose commit nobody confirmed'),
    fenced: transactions('fenced', 'transactions of producers that were fenced'),
    refused: transactions('refused', 'transactions that were to be committed and were aborted'),
    records: {
      committed: records('committedRecords', 'acked records of committed transactions'),
      aborted: records('abortedRecords', 'acked records of aborted transactions'),
      unknown: records('unknownRecords', 'acked records of transactions whose commit nobody confirmed'),
      fenced: records('fencedRecords', 'acked records of transactions of fenced producers'),
    },
    begin: time('begin', 'from the begin of a transaction to the first answer for its records'),
    send: time('send', 'from the begin of a transaction to the last answer for its records'),
    commit: time(
      'commit',
      'from asking for a commit to its confirmation, what was still to be sent included',
    ),
    abort: time('abort', 'from asking for an abort to its confirmation, what was still to be sent included'),
    coordinator: time(
      'coordinator',
      'of a commit or abort: from the last answer for a record to its confirmation',
    ),
  }
}
