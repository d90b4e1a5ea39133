/** The hot loop: due record → draft → hooks → driver, within turns and slices of time. */
import type { ResolvedStream } from './config/types.ts'
import { Drafting } from './drafting.ts'
import type { Producer } from './driver.ts'
import type { FiredStreamHooks } from './hooks.ts'
import type { Ledger, Pair } from './measure/ledger.ts'
import type { Schedule } from './schedule.ts'
import type { TransactionalProducer } from './transaction.ts'

/** One of the stream's producers that lives in this thread: records id, id + P, id + 2P … are its own. */
export interface Lane {
  readonly id: number
  readonly producer: Producer
}

/** Time a turn may take before answers are read. */
const TURN_US = 2000
/** t_enq is read once for so many records, or so much time: a clock read costs as much as a cheap record. */
const SLICE_RECORDS = 256
const SLICE_US = 100
/** Until something wakes the sender earlier. */
const WAIT_US = 1_000_000

export interface SenderOptions {
  readonly stream: ResolvedStream
  readonly number: number
  readonly run: number
  readonly seed: number
  readonly hooks: FiredStreamHooks
  readonly ledger: Ledger
  /** undefined: closed, as fast as there is room until `endUs`. */
  readonly schedule: Schedule | undefined
  readonly endUs: number
  /** µs since t0. */
  readonly now: () => number
}

export class Sender {
  /** Makes its records. */
  readonly drafting: Drafting
  readonly #o: SenderOptions
  #lanes: readonly Lane[] = []
  /** The next record: round and place in the list of lanes. */
  #round = 0
  #place = 0
  #slice = SLICE_RECORDS
  #stopped = Number.POSITIVE_INFINITY
  /** First record of the measured phase. */
  readonly #measureIndex: number

  constructor(options: SenderOptions) {
    this.#o = options
    this.drafting = new Drafting(options)
    this.#measureIndex = options.schedule?.before(options.ledger.measureFrom) ?? 0
  }

  /** @param transactions of the only lane: while one ends, the lane's records wait, and no other's. */
  attach(lanes: readonly Lane[], transactions?: TransactionalProducer): void {
    this.#lanes = [...lanes].sort((a, b) => a.id - b.id)
    this.drafting.transactions = transactions
  }

  /** Records of this thread among the first n of the stream. */
  #own(n: number): number {
    const all = this.#o.stream.producers
    let own = 0
    for (const { id } of this.#lanes) if (n > id) own += Math.floor((n - 1 - id) / all) + 1
    return own
  }

  /** Of a schedule, by now, from F alone, for each phase. */
  scheduled(schedule: Schedule, now: number): Pair {
    const due = schedule.due(Math.min(now, this.#stopped))
    const warmup = this.#own(Math.min(due, this.#measureIndex))
    return [warmup, this.#own(due) - warmup]
  }

  /** The schedule ends here: what is due and was not sent yet is dropped. */
  stop(now: number): void {
    if (this.#stopped <= now) return
    this.#stopped = now
    const { ledger, schedule } = this.#o
    ledger.measureTo = Math.min(ledger.measureTo, now)
    if (schedule === undefined) return
    const scheduled = this.scheduled(schedule, now)
    // by the place of this sender alone: others may count in the same ledger
    const generated = this.#round * this.#lanes.length + this.#place
    const warmup = Math.min(generated, this.#own(this.#measureIndex))
    for (const phase of [0, 1] as const) {
      const rest = scheduled[phase] - (phase === 0 ? warmup : generated - warmup)
      if (rest > 0) {
        ledger.drop('abort', phase, rest)
        ledger.counts.generated[phase] += rest
      }
    }
  }

  /** Sends what is due. Answers the time of the next record in µs since t0, at most `now` if there is more at once. */
  turn(now: number): number {
    if (this.drafting.transactions?.lost) this.stop(now)
    if (now >= this.#stopped) return Number.POSITIVE_INFINITY
    // a stream that only reads lasts as long as one that sends
    const { stream, endUs } = this.#o
    if (stream.producers === 0 && now < endUs) return endUs
    if (this.#lanes.length === 0) return Number.POSITIVE_INFINITY
    return this.#o.schedule === undefined ? this.#closedTurn(now) : this.#openTurn(now, this.#o.schedule)
  }

  #next(): number {
    return this.#round * this.#o.stream.producers + (this.#lanes[this.#place] as Lane).id
  }
  /** On to the next record; answers the lane of this one. */
  #advance(): Lane {
    const lane = this.#lanes[this.#place] as Lane
    if (++this.#place === this.#lanes.length) {
      this.#place = 0
      this.#round++
    }
    return lane
  }

  #openTurn(start: number, schedule: Schedule): number {
    const until = start + TURN_US
    const { ledger, stream } = this.#o
    const { drafting } = this
    const { transactions } = drafting
    const { deliveryTimeoutUs } = stream.producer
    let now = start
    let due = schedule.due(now)
    for (;;) {
      let left = this.#slice
      let index = this.#next()
      while (index < due && left-- > 0 && (transactions === undefined || !transactions.ending)) {
        const lane = this.#advance()
        const phase = index < this.#measureIndex ? 0 : 1
        ledger.counts.generated[phase]++
        // what waits for ends of transactions waits no longer than what waits in a driver
        const stale = transactions !== undefined && now - schedule.at(index) > deliveryTimeoutUs
        if (!stale && lane.producer.room()) drafting.send(lane, index, schedule.at(index), now, phase)
        else ledger.drop('backlog', phase)
        index = this.#next()
      }
      if (index >= due) {
        if (index >= schedule.total) return Number.POSITIVE_INFINITY
        return Math.max(schedule.at(index), now + 1)
      }
      if (transactions?.ending) return now + WAIT_US
      now = this.#sliced(now)
      if (now >= until) return now
      due = schedule.due(now)
    }
  }

  #closedTurn(start: number): number {
    const until = start + TURN_US
    const { endUs, ledger } = this.#o
    const { drafting } = this
    const { transactions } = drafting
    let now = start
    for (;;) {
      if (now >= endUs) return Number.POSITIVE_INFINITY
      if (transactions?.ending) return now + WAIT_US
      const phase = ledger.phaseOf(now)
      let left = this.#slice
      let full = 0
      while (left > 0 && full < this.#lanes.length && !transactions?.ending) {
        const index = this.#next()
        const lane = this.#advance()
        // a lane without room keeps its place in the numbering: closed, every producer counts for itself
        if (!lane.producer.room()) full++
        else {
          full = 0
          left--
          ledger.counts.generated[phase]++
          drafting.send(lane, index, now, now, phase)
        }
      }
      if (full > 0) return now + 1000 // port.room() wakes us earlier
      now = this.#sliced(now)
      if (now >= until) return now
    }
  }

  /** The clock, once per slice; and the slice, so that it stays within its time. */
  #sliced(before: number): number {
    const now = this.#o.now()
    const took = now - before
    if (took > SLICE_US) this.#slice = Math.max(1, this.#slice >> 1)
    else if (took < SLICE_US / 2 && this.#slice < SLICE_RECORDS) this.#slice *= 2
    return now
  }
}
