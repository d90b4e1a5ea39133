/** A producer's transactions: begun with a record, ended when a plugin says so. While one ends, no record is taken. */
import type { Consumed, OpenTransaction } from './api.ts'
import type { Clock } from './clock.ts'
import type { Consumer, HeldBatch, Offsets, Producer } from './driver.ts'
import { messageOf } from './errors.ts'
import type { RunEvent } from './events.ts'
import type { FiredStreamHooks } from './hooks.ts'
import type { Draft } from './record.ts'

type How = 'commit' | 'abort'

export interface TransactionalOptions {
  /** Number of the producer within its stream. */
  readonly id: number
  readonly hook: FiredStreamHooks['endTransaction']
  /** Opens one more producer with the transactional id, which fences those before. */
  readonly open: () => Promise<Producer>
  readonly clock: Clock
  /** µs since t0. */
  readonly now: () => number
  /** From then on a producer that cannot be replaced is given up. */
  readonly endUs: number
  /** It takes records again, or never will. */
  readonly wake: () => void
  readonly event: (event: RunEvent) => void
  readonly fail: (error: unknown) => void
}

/** Before another attempt to open a producer, µs. */
const AGAIN_US = 1_000_000
/** For the farewell of a producer that was fenced, ms. */
const FAREWELL_MS = 5000

class Transaction implements OpenTransaction {
  records = 0
  bytes = 0
  readonly number: number
  readonly producer: number
  readonly openedAt: number
  readonly freeAt: number
  /** Next offsets to read, committed with it. */
  readonly offsets = new Map<string, Offsets>()
  member: Consumer | undefined
  readonly #of: TransactionalProducer

  constructor(of: TransactionalProducer, producer: number, openedAt: number) {
    this.#of = of
    this.number = of.number
    this.producer = producer
    this.openedAt = openedAt
    this.freeAt = of.freeAt
  }
  /** @throws Error for offsets of several members: they are committed for one. */
  carry({ topic, partition, offset, member }: Consumed): void {
    this.member ??= member
    if (this.member !== member) throw new Error('one transaction carries the offsets of one member')
    this.offsets.set(`${topic} ${partition}`, { topic, partition, offset: offset + 1 })
  }
  end(how: How): void {
    // a tap may ask for it while its record is on its way into the transaction
    queueMicrotask(() => this.#of.endOf(this, how))
  }
  fence(): void {
    this.#of.fence()
  }
}

/** A driver's producer as the engine sees it otherwise; begins and ends are made here. A fenced one is replaced by another. */
export class TransactionalProducer implements Producer {
  /** It takes no record now. */
  ending = false
  /** It never will again. */
  lost = false
  /** µs since t0 from when on it has taken records: what was due before waited for the end of a transaction until then. */
  freeAt = Number.NEGATIVE_INFINITY
  /** Of the transaction that is open, or was last, from 0. */
  number = -1
  /** What the next record was made from. */
  carried: Consumed | undefined
  readonly #o: TransactionalOptions
  #producer: Producer
  #open: Transaction | undefined
  /** Of the last transaction. */
  #ended: Promise<unknown> = Promise.resolve()
  /** What comes after this one is fenced. */
  #next: Promise<Producer | undefined> | undefined
  readonly #retired: Promise<void>[] = []
  #finishing = false

  private constructor(options: TransactionalOptions, producer: Producer) {
    this.#o = options
    this.#producer = producer
  }
  static async open(options: TransactionalOptions): Promise<TransactionalProducer> {
    return new TransactionalProducer(options, await options.open())
  }

  room(): boolean {
    return this.#producer.room()
  }
  partitions(): number {
    return this.#producer.partitions()
  }
  held(visit: (batch: HeldBatch) => void): void {
    // one that was fenced holds nothing by the time it is replaced
    this.#producer.held(visit)
  }

  append(draft: Draft): void {
    this.#open ??= this.#begun(draft.enqueuedAt)
    const open = this.#open
    const how = this.#o.hook.call(open, draft)
    // refused before the driver has it, or the record would be counted twice
    if (this.carried !== undefined) open.carry(this.carried)
    this.carried = undefined
    this.#producer.append(draft)
    open.records++
    open.bytes += Math.max(0, draft.size)
    if (how !== undefined) this.#end(open, how)
  }
  #begun(at: number): Transaction {
    this.number++
    this.#producer.begin(this.number)
    return new Transaction(this, this.#o.id, at)
  }
  begin(): void {
    throw new Error('the engine begins transactions by itself')
  }
  end(): Promise<never> {
    return Promise.reject(new Error('the engine ends transactions by itself'))
  }

  /** Ends this one, unless that has begun already. */
  endOf(open: Transaction, how: How): void {
    if (this.#open === open) this.#end(open, how)
  }
  #end(open: Transaction, how: How): void {
    this.#open = undefined
    this.ending = true
    const { offsets, member } = open
    const ended =
      offsets.size > 0 ? this.#producer.end(how, [...offsets.values()], member) : this.#producer.end(how)
    this.#ended = ended
    ended.then(result => this.#over(result === 'fenced')).catch(this.#o.fail)
  }
  async #over(fenced: boolean): Promise<void> {
    this.lost = fenced && !(await this.#replaced())
    if (!this.lost) {
      this.freeAt = this.#o.now()
      this.ending = false
    }
    this.#o.wake()
  }

  /** Another producer takes the id away from this one, which is replaced by it as soon as it has found out. */
  fence(): void {
    if (!this.#finishing) this.#next ??= this.#another()
  }
  async #another(): Promise<Producer | undefined> {
    const { id, open, event, now } = this.#o
    try {
      return await open()
    } catch (error) {
      this.#next = undefined
      const message = `in place of producer ${id}: ${messageOf(error)}`
      event({ kind: 'error', at: now(), code: 'ProducerNotOpened', message, records: 0 })
      return undefined
    }
  }
  /** Whether there is somebody now; tried again and again until the schedule has ended. */
  async #replaced(): Promise<boolean> {
    const { clock, now, endUs } = this.#o
    for (;;) {
      if (this.#finishing && this.#next === undefined) return false
      this.#next ??= this.#another()
      const next = await this.#next
      this.#next = undefined
      if (next !== undefined) {
        const farewell = this.#producer.close(AbortSignal.timeout(FAREWELL_MS))
        this.#retired.push(farewell.catch(() => undefined))
        this.#producer = next
        return true
      }
      if (now() >= endUs) return false
      await new Promise<void>(resolve => clock.after(AGAIN_US, resolve))
    }
  }

  /** Commits what is open, and resolves when it has ended; rejects when aborted. */
  async flush(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#finishing = true
    if (this.#open !== undefined) this.#end(this.#open, 'commit')
    const { promise: cut, reject } = Promise.withResolvers<never>()
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    try {
      // what comes of it, or why it failed, is told where it was ended
      await Promise.race([this.#ended.catch(() => undefined), cut])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
  async close(signal: AbortSignal): Promise<void> {
    this.#finishing = true
    const next = this.#next?.then(producer => producer?.close(signal))
    await Promise.all([this.#producer.close(signal), next, ...this.#retired])
  }
}
