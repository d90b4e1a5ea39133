/** When a transaction ends, which ones stay open for long, and who is fenced when: for the producers of one worker. */
import type { OpenTransaction, Run } from '../../core/plugin.ts'
import { turnsOf } from './plan.ts'

type How = 'commit' | 'abort'

export interface LimitOptions {
  readonly records?: number | undefined
  readonly bytes?: number | undefined
  /** µs, as all times. */
  readonly every?: number | undefined
  readonly open?: { readonly every: number; readonly for: number } | undefined
  readonly fence?: number | undefined
}

/** Of the transaction that a producer has open, or had last. */
interface Limit {
  readonly open: OpenTransaction
  readonly how: How
  readonly records: number
  readonly bytes: number
  readonly us: number
  /** How often one of this producer was to stay open for long by now. */
  readonly turns: number
}

export class Limits {
  readonly #o: LimitOptions
  readonly #run: Run
  readonly #producers: number
  readonly #wanted: (producer: number, transaction: number) => How
  /** By producer. No Map: looking into one costs 15 ns a record. */
  readonly #limits: Limit[] = []
  /** By producer: when a timer looks whether it is time, µs since t0. */
  readonly #armed: (number | undefined)[] = []

  /** @param producers of the stream, in all workers. */
  constructor(
    options: LimitOptions,
    run: Run,
    producers: number,
    wanted: (producer: number, transaction: number) => How,
  ) {
    this.#o = options
    this.#run = run
    this.#producers = producers
    this.#wanted = wanted
  }

  /** How the transaction ends with a record of that size, at that time; undefined: it goes on. */
  endsWith(open: OpenTransaction, size: number, at: number): How | undefined {
    let limit = this.#limits[open.producer]
    if (limit?.open !== open) limit = this.#begun(open)
    const last =
      open.records + 1 >= limit.records ||
      open.bytes + Math.max(0, size) >= limit.bytes ||
      at - open.openedAt >= limit.us
    return last ? limit.how : undefined
  }

  #begun(open: OpenTransaction): Limit {
    const { producer, openedAt } = open
    const { records, bytes, every, open: long } = this.#o
    const how = this.#wanted(producer, open.number)
    const before = this.#limits[producer]?.turns ?? 0
    const turns = long === undefined ? 0 : turnsOf(producer, this.#producers, long.every, openedAt)
    const never = Number.POSITIVE_INFINITY
    const limit: Limit =
      long !== undefined && turns > before
        ? { open, how, records: never, bytes: never, us: long.for, turns }
        : { open, how, records: records ?? never, bytes: bytes ?? never, us: every ?? never, turns }
    this.#limits[producer] = limit
    // there may be no record that could be the last
    if (limit.us < never) this.#arm(producer, openedAt + limit.us)
    return limit
  }

  /** One timer a producer, or short transactions would leave thousands that wait for nothing. */
  #arm(producer: number, at: number): void {
    const armed = this.#armed[producer]
    if (armed !== undefined && armed <= at) return
    this.#armed[producer] = at
    this.#run.at(at, () => {
      // another one looks earlier
      if (this.#armed[producer] !== at) return
      this.#armed[producer] = undefined
      const { open, how, us } = this.#limits[producer] as Limit
      if (open.openedAt + us <= at) open.end(how)
      else if (us < Number.POSITIVE_INFINITY) this.#arm(producer, open.openedAt + us)
    })
  }

  /** From t0 on: every so often the next producer of the stream is fenced, as long as there is a schedule. */
  armFences(): void {
    const { fence } = this.#o
    if (fence === undefined) return
    const { thread, threads } = this.#run
    for (let id = thread; id < this.#producers; id += threads) this.#armFence(id, (id + 1) * fence, fence)
  }
  #armFence(id: number, at: number, everyUs: number): void {
    const { warmupUs, durationUs } = this.#run.config
    if (at >= warmupUs + durationUs) return
    this.#run.at(at, () => {
      this.#limits[id]?.open.fence()
      this.#armFence(id, at + this.#producers * everyUs, everyUs)
    })
  }
}
