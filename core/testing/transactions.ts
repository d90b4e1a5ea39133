/** The fake driver's transactions: ended after a while, as they are told or as a test says. */
import type { Consumer, Offsets, Producer, ProducerOptions, ProducerPort } from '../driver.ts'
import type { Time } from './consumer.ts'

type How = Parameters<Producer['end']>[0]
type Ended = Awaited<ReturnType<Producer['end']>>

export interface FakeTransactionOptions {
  /** µs that the end of a transaction takes, once its records are answered; of its number, or the same for all. @default 1000 */
  readonly endUs?: number | ((transaction: number) => number)
  /** How a transaction ends. @default as it is told; aborted when a record of it was not acked */
  readonly ends?: (transaction: number, how: How, producer: number) => Ended
  /** Called with every end of a transaction. */
  readonly onEnd?: (end: {
    readonly transaction: number
    readonly producer: number
    readonly how: How
    readonly ended: Ended
    readonly offsets: readonly Offsets[]
  }) => void
}

/** Who has which transactional id at present. */
export type Ids = Map<string, FakeTransactions>

export class FakeTransactions {
  /** Of the transaction that is open, or was last. */
  number = -1
  /** Another producer has the id. */
  fenced = false
  /** A record of it was not acked. */
  broken = false
  readonly #o: FakeTransactionOptions
  readonly #time: Time
  readonly #to: ProducerOptions
  readonly #port: ProducerPort
  #state: 'none' | 'open' | 'ending' = 'none'

  constructor(o: FakeTransactionOptions, ids: Ids, time: Time, to: ProducerOptions, port: ProducerPort) {
    const { transactionalId = '' } = to
    this.#o = o
    this.#time = time
    this.#to = to
    this.#port = port
    const before = ids.get(transactionalId)
    if (before) before.fenced = true
    ids.set(transactionalId, this)
  }

  begin(number = this.number + 1): void {
    if (this.#state !== 'none') throw new Error(`transaction ${this.number} has not ended`)
    this.#state = 'open'
    this.number = number
    this.broken = false
    this.#emit('begin', 0)
  }

  /** @throws Error outside of a transaction. */
  check(): void {
    if (this.#state !== 'open') throw new Error(`a record outside of a transaction: ${this.#state}`)
  }

  /** @param answered resolves when all records have their outcome. */
  async end(
    how: How,
    answered: Promise<void>,
    offsets: readonly Offsets[] = [],
    member?: Consumer,
  ): Promise<Ended> {
    if (this.#state !== 'open') throw new Error('no transaction is open')
    this.#state = 'ending'
    const from = this.#time.now()
    await answered
    const { endUs = 1000, ends, onEnd } = this.#o
    const { number: transaction } = this
    const { id: producer } = this.#to
    const us = typeof endUs === 'function' ? endUs(transaction) : endUs
    await new Promise<void>(resolve => this.#time.at(this.#time.now() + us, resolve))
    const told = how === 'commit' && !this.broken ? 'committed' : 'aborted'
    const ended = this.fenced ? 'fenced' : (ends?.(transaction, how, producer) ?? told)
    if (ended === 'committed' && offsets.length > 0) await member?.commit(offsets)
    this.#state = 'none'
    onEnd?.({ transaction, producer, how, ended, offsets })
    this.#emit(ended, this.#time.now() - from)
    return ended
  }

  #emit(step: Ended | 'begin', tookUs: number): void {
    const { number: transaction } = this
    const { id: producer } = this.#to
    this.#port.event({ kind: 'transaction', at: this.#time.now(), transaction, producer, step, tookUs })
  }
}
