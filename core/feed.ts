/** A stream of `rate: 'fed'`: plugins give its records, with their values, as they come. */
import type { FedRecord } from './api.ts'
import { Drafting } from './drafting.ts'
import type { HostStream } from './host.ts'
import type { Lane, SenderOptions } from './sender.ts'
import type { TransactionalProducer } from './transaction.ts'

/** What a worker has for a stream's `feed` and `room`. */
export interface Feeder {
  feed(record: FedRecord): boolean
  room(producer: number | undefined): boolean
  /** Nothing is taken any more. */
  close(): void
}

/** One producer's records: numbers id, id + P, id + 2P … in the order they are given. */
export class FedSender {
  readonly drafting: Drafting
  readonly id: number
  readonly #o: SenderOptions
  readonly #fail: (error: unknown) => void
  #lane: Lane | undefined
  #count = 0
  #until: number
  #closed = false
  /** There was no room, and from when on there was: what waited for it was not late by the generator's fault. */
  #full = false
  #freeAt = Number.NEGATIVE_INFINITY

  constructor(options: SenderOptions, id: number, fail: (error: unknown) => void) {
    this.#o = options
    this.#fail = fail
    this.#until = options.endUs
    this.id = id
    this.drafting = new Drafting(options)
  }
  attach([lane]: readonly [Lane], transactions?: TransactionalProducer): void {
    this.#lane = lane
    this.drafting.transactions = transactions
  }

  /** From t0 on: to the end of the run in transactions, otherwise through the drain, so that what came last is answered too. */
  #open(now: number): boolean {
    const { transactions } = this.drafting
    if (this.#closed) return false
    return now >= 0 && (transactions === undefined || (now < this.#until && !transactions.lost))
  }
  get room(): boolean {
    return this.#open(this.#o.now()) && this.#fits()
  }
  #fits(): boolean {
    if (this.drafting.transactions?.ending) return false
    const room = this.#lane?.producer.room() === true
    if (!room) this.#full = true
    return room
  }

  feed(record: FedRecord): boolean {
    const { ledger, stream, now } = this.#o
    const enqueuedAt = now()
    if (!this.#open(enqueuedAt) || this.#lane === undefined) return false
    const phase = ledger.phaseOf(record.at)
    const index = this.#count++ * stream.producers + this.id
    ledger.counts.generated[phase]++
    // what is fed in the drain has its account and its latency, and is in no rate
    if (record.at < ledger.measureTo) ledger.counts.fedAt[phase]++
    if (!this.#fits()) {
      ledger.drop('backlog', phase)
      return false
    }
    if (this.#full) this.#freeAt = enqueuedAt
    this.#full = false
    try {
      this.drafting.give(this.#lane, record, { index, enqueuedAt, phase, freeAt: this.#freeAt })
    } catch (error) {
      // a tap's mistake, and not of who feeds
      this.#fail(error)
      return false
    }
    return true
  }

  close(): void {
    this.#closed = true
  }

  /** Nothing is due but what is fed. */
  turn(now: number): number {
    return now >= this.#until ? Number.POSITIVE_INFINITY : this.#until
  }
  stop(now: number): void {
    const { ledger } = this.#o
    this.#until = Math.min(this.#until, now)
    ledger.measureTo = Math.min(ledger.measureTo, now)
  }
}

/** The producers of one worker, one after the other unless a record names its own. */
export function feederOf(senders: readonly FedSender[]): Feeder {
  let next = 0
  const byId = new Map(senders.map(each => [each.id, each]))
  const sender = (id: number | undefined): FedSender => {
    const found = id === undefined ? senders[next++ % senders.length] : byId.get(id)
    if (found !== undefined) return found
    const own = senders.map(each => each.id).join(', ')
    throw new RangeError(`producer ${id ?? ''} is none of this worker's: ${own || 'it has none'}`)
  }
  return {
    feed: record => sender(record.producer).feed(record),
    room: producer => (producer === undefined ? senders.some(each => each.room) : sender(producer).room),
    close() {
      for (const each of senders) each.close()
    },
  }
}

/** @throws Error where nothing can be fed. */
export function fed({ config, feeder }: HostStream): Feeder {
  if (config.rate.kind !== 'fed')
    throw new Error(`stream ${config.name} is not fed: that needs rate 'fed' in its configuration`)
  if (feeder === undefined)
    throw new Error('records are fed in workers, when producers are open: from setup on')
  return feeder
}
