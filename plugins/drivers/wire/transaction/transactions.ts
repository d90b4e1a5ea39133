/**
 * A producer's transactions, one after the other: what may go out, and how each ends.
 *
 * As soon as a record of it ends otherwise than acked, a transaction is broken: it can only be aborted, what has not gone out of it
 * ends, and its `end('commit')` aborts. A producer that another one with its transactional id has fenced writes no more.
 */
import type { Consumer, Offsets, ProducerOptions, RunEvent } from '../../../../core/plugin.ts'
import { errorCodes, errorName } from '../../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import type { PartitionQueue } from '../producer/queue.ts'
import { MOST_VERSION, TRANSACTIONS_VERSION } from '../producer/request.ts'
import type { Identity } from '../producer/sequences.ts'
import { Epoch, type EpochPort, FENCED, isFatal } from './epoch.ts'
import { membershipOf } from './membership.ts'
import { TransactionRequests, transactionTimeoutMs } from './requests.ts'
import { type Gate, TransactionalSequences } from './sequences.ts'

export interface TransactionsPort {
  /** µs since t0. */
  readonly now: () => number
  /** Sends what is open, and resolves when all has its outcome. */
  flush(signal: AbortSignal): Promise<void>
  event(event: RunEvent): void
  error(code: string, message: string): void
  /** Something may go out, or has to end, that could not before. */
  changed(): void
}

/** Why a transaction can only be aborted. */
interface Break {
  readonly error: string
  readonly message: string
}
type Ended = Awaited<ReturnType<TransactionRequests['end']>>

/** The coordinator knows nothing of this transaction, so nothing of it can be committed. */
const NOTHING_TO_END = new Set<number>([
  errorCodes.INVALID_TXN_STATE,
  errorCodes.INVALID_PRODUCER_ID_MAPPING,
  errorCodes.UNKNOWN_PRODUCER_ID,
])
const NO_MEMBER = { code: errorCodes.UNKNOWN_MEMBER_ID, error: undefined }
/** What ends the records that have not gone out of a transaction that can only be aborted. */
const ABORTED = 'TransactionAborted'
/** Of the farewell that a producer with an open transaction says, in ms. */
const FAREWELL_MS = 2000

export class Transactions implements Gate {
  readonly sequences: TransactionalSequences
  /** Of the transaction that is open, or was last, counted from 0; -1: none yet. */
  number = -1
  broken: Break | undefined
  readonly #options: ProducerOptions
  readonly #requests: TransactionRequests
  readonly #epoch: Epoch
  readonly #queues: readonly PartitionQueue[]
  readonly #port: TransactionsPort
  readonly #closing = new AbortController()
  /** Classic: partitions that the coordinator knows of. */
  readonly #added = new Set<PartitionQueue>()
  #adding: Promise<void> | undefined
  #state: 'none' | 'open' | 'ending' | 'committing' = 'none'
  /** ms of performance.now() */
  #openedAt = 0
  /** Something of it may be known to a broker, so it has to be ended there. */
  #begun = false

  constructor(
    cluster: Cluster,
    transactionalId: string,
    options: ProducerOptions,
    queues: readonly PartitionQueue[],
    port: TransactionsPort,
  ) {
    this.#options = options
    this.#requests = new TransactionRequests(cluster, transactionalId, options, this.#closing.signal)
    this.#queues = queues
    this.#port = port
    this.#epoch = new Epoch(this.#requests, options, this.#epochPort(), this.#closing.signal)
    this.sequences = new TransactionalSequences(this, queues, () => this.#epoch.introduce())
  }

  #epochPort(): EpochPort {
    return {
      changed: identity => {
        this.sequences.restart(identity)
        this.opened()
        this.#port.changed()
      },
      died: death => {
        if (this.#state !== 'none') this.broken ??= death
        this.#port.error(death.error, death.message)
        this.#port.changed()
      },
    }
  }

  /* ---- as the producer asks ---- */

  /** @throws Error when one is open. */
  begin(number = this.number + 1): void {
    if (this.#state !== 'none')
      throw new Error(
        `transaction ${this.number} is ${this.#state === 'open' ? 'open' : 'still ending'}: end it first`,
      )
    this.#state = 'open'
    this.#openedAt = performance.now()
    this.#begun = false
    this.#added.clear()
    this.broken = this.#epoch.death
    this.number = number
    this.#emit('begin', 0)
  }

  /** @throws Error when none is open. */
  check(index: number): void {
    if (this.#state === 'open') return
    const when =
      this.#state === 'none' ? 'outside of a transaction: begin one first' : 'while its transaction ends'
    throw new Error(`record ${index} was handed to a transactional producer ${when}`)
  }

  /** @throws TypeError for offsets without a member of a group; Error when none is open. */
  async end(how: 'commit' | 'abort', offsets: readonly Offsets[] = [], member?: Consumer) {
    if (this.#state !== 'open')
      throw new Error(
        this.#state === 'none' ? 'no transaction is open: begin one first' : 'the transaction is ending',
      )
    const given =
      how === 'commit' && offsets.length > 0 ? { offsets, membership: membershipOf(member) } : undefined
    const from = this.#port.now()
    this.#state = 'ending'
    // of the adding and of what was sent last; a producer that is closed meanwhile has not committed
    const flushed = await this.#port.flush(this.#closing.signal).then(
      () => true,
      () => false,
    )
    await this.#adding
    if (flushed && given !== undefined && this.broken === undefined)
      await this.#commitOffsets(given.membership, given.offsets)
    const result = await this.#finish(how === 'commit' && flushed && this.broken === undefined)
    this.#state = 'none'
    this.#emit(result, this.#port.now() - from)
    return result
  }

  #emit(step: Extract<RunEvent, { kind: 'transaction' }>['step'], tookUs: number): void {
    const { number: transaction } = this
    const { id: producer } = this.#options
    this.#port.event({ kind: 'transaction', at: this.#port.now(), transaction, producer, step, tookUs })
  }

  /** A partition has something to send, which may be the first of the transaction. */
  opened(): void {
    if (this.broken !== undefined) this.#port.changed()
    if (this.#requests.v2 || this.#adding !== undefined || this.#added.size === this.#queues.length) return
    // what is opened in the same turn goes along
    this.#adding = new Promise<void>(resolve => setImmediate(resolve)).then(() => this.#add())
  }

  /* ---- what may go out ---- */

  get produceVersion(): number {
    return this.#requests.v2 ? TRANSACTIONS_VERSION : MOST_VERSION
  }

  admits(queue: PartitionQueue): boolean {
    return this.broken === undefined && (this.#requests.v2 || this.#added.has(queue))
  }

  started(): void {
    this.#begun = true
  }

  /** It can only be aborted now. */
  break(error: string, message: string): void {
    if (this.#state === 'none' || this.broken !== undefined) return
    if (error === errorName(errorCodes.PRODUCER_FENCED)) {
      this.#die(errorCodes.PRODUCER_FENCED)
      return
    }
    this.broken = { error: ABORTED, message }
    this.#port.changed()
  }

  async #add(): Promise<void> {
    try {
      for (;;) {
        const identity = this.#epoch.current
        const queues = this.#queues.filter(each => !each.empty && !this.#added.has(each))
        if (queues.length === 0 || this.broken !== undefined || identity === undefined) return
        this.#begun = true
        const partitions = queues.map(each => each.id)
        const reply = await this.#requests.addPartitions(identity, partitions)
        if (reply.code !== 0) return this.#refused(reply, `partitions of topic ${this.#options.topic}`)
        for (const queue of queues) this.#added.add(queue)
        this.#port.changed()
      }
    } finally {
      this.#adding = undefined
    }
  }

  /** The coordinator, of the id or of a group, takes something not. */
  #refused(reply: Reason, what: string): void {
    if (reply.code !== undefined && isFatal(reply.code)) {
      this.#die(reply.code)
      return
    }
    const { error, message } = reasonOf(reply)
    this.#port.error(error, `${what}: ${message}`)
    this.break(error, `${what}: ${message}`)
  }

  #die(code: number): void {
    this.#epoch.die(code, performance.now() - this.#openedAt > transactionTimeoutMs(this.#options))
  }

  /* ---- its end ---- */

  async #commitOffsets(
    membership: Parameters<TransactionRequests['commitOffsets']>[1],
    offsets: readonly Offsets[],
  ) {
    const identity = await this.#epoch.within(this.#options.timeoutUs / 1000)
    const { groupId, generation } = membership
    const what = `offsets of group ${groupId}`
    if (identity === undefined) return this.break('CoordinatorUnavailable', `${what}: there is no new epoch`)
    if (generation < 0) return this.#refused(NO_MEMBER, what)
    this.#begun = true
    const reply = await this.#requests.commitOffsets(identity, membership, offsets)
    if (reply.code !== 0) this.#refused(reply, what)
  }

  async #finish(commit: boolean): Promise<'committed' | 'aborted' | 'unknown' | 'fenced'> {
    const { death } = this.#epoch
    if (death !== undefined) return death.fenced ? 'fenced' : 'aborted'
    if (!this.#begun) return commit ? 'committed' : 'aborted'
    const doubt = this.#requests.takeDoubt() || this.broken !== undefined
    if (commit) this.#state = 'committing'
    const ended = await this.#requests.end(this.#epoch.current as Identity, commit)
    const { code } = ended
    if (code === 0) {
      if (this.#requests.v2) this.#epoch.adopt(ended.answer as Identity)
      else if (doubt || this.#requests.takeDoubt()) this.#epoch.renew(false)
      return commit ? 'committed' : 'aborted'
    }
    if (commit && code === errorCodes.TRANSACTION_ABORTABLE) {
      this.break(errorName(code), 'the coordinator lets the transaction only be aborted')
      return this.#finish(false)
    }
    return this.#failedEnd(commit, ended)
  }

  #failedEnd(commit: boolean, ended: Ended) {
    const { code } = ended
    const perhaps = commit && ended.doubtful ? 'unknown' : undefined
    if (code !== undefined && isFatal(code)) {
      this.#die(code)
      return perhaps ?? (FENCED.has(code) ? 'fenced' : 'aborted')
    }
    const { error, message } = reasonOf(ended)
    const id = this.#requests.transactionalId
    this.#port.error(error, `ending transaction ${this.number} of transactional id ${id}: ${message}`)
    if (code !== undefined && NOTHING_TO_END.has(code)) {
      this.#epoch.renew(false)
      return code === errorCodes.INVALID_TXN_STATE ? 'aborted' : (perhaps ?? 'aborted')
    }
    this.#epoch.renew(true)
    return commit ? 'unknown' : 'aborted'
  }

  /** Aborts what is open, so that nobody has to wait for the coordinator to do it. */
  async close(): Promise<void> {
    const { current, death } = this.#epoch
    const open = this.#state === 'open' || this.#state === 'ending'
    this.#closing.abort(new Error('the producer was closed'))
    if (open && this.#begun && current !== undefined && death === undefined) {
      const patience = { timeoutMs: FAREWELL_MS, signal: AbortSignal.timeout(FAREWELL_MS) }
      await this.#requests.end(current, false, patience)
    }
    this.#requests.close()
  }
}

type Reason = Pick<Ended, 'code' | 'error'>

/** Why something was not done, in the protocol's name and in words. */
function reasonOf({ code, error }: Reason): Break {
  if (code !== undefined) return { error: errorName(code), message: error?.message ?? errorName(code) }
  const name = error instanceof BrokerError ? error.error : 'CoordinatorUnavailable'
  return { error: name, message: error?.message ?? '' }
}
