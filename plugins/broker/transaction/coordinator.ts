import { errorCodes } from '../../protocol/errors.ts'
import type { Partition } from '../log/partition.ts'
import { endVerdict } from './end-verdict.ts'
import { initialise } from './initialise.ts'
import {
  contentBytes,
  NO_EPOCH,
  NO_PRODUCER,
  type ProducerEpoch,
  Transaction,
  transactionBytes,
} from './transaction.ts'

/** Longest transaction timeout a producer may ask for, in ms: Kafka's `transaction.max.timeout.ms`. */
const MAX_TIMEOUT_MS = 900_000
/** Memory of all transactional ids together, in bytes, roughly. */
const MAX_BYTES = 16 * 1024 * 1024

/** What the coordinator needs of the rest of the cluster. */
export interface TransactionSurroundings {
  newProducerId(): bigint
  /** Rises whenever another broker may have begun to coordinate. */
  coordinatorEpoch(): number
  /** Applies or drops the offsets that the producer has committed for a group. */
  endOffsets(groupId: string, producerId: bigint, commit: boolean): void
}

/** An answer with a producer's identity; none with an error. */
export interface ProducerAnswer extends ProducerEpoch {
  readonly errorCode: number
}

/** What a transaction is to write to: partitions with their topics' names, and groups. */
export interface Additions {
  readonly partitions?: ReadonlyMap<Partition, string>
  readonly groups?: readonly string[]
}

function refused(errorCode: number): ProducerAnswer {
  return { errorCode, producerId: NO_PRODUCER, producerEpoch: NO_EPOCH }
}

/**
 * The transaction coordinator: who may write in a transaction, what belongs to it, and how it ends. Markers are written
 * when it ends, except in partitions without a leader: the transaction then stays in its Prepare state until they have one.
 */
export class TransactionCoordinator {
  /** The one used longest ago first. */
  readonly #transactions = new Map<string, Transaction>()
  readonly #around: TransactionSurroundings
  readonly #maxBytes: number
  /** Upper bound of what all hold: everything since the last count is taken as added. */
  #held = 0

  constructor(around: TransactionSurroundings, maxBytes = MAX_BYTES) {
    this.#around = around
    this.#maxBytes = maxBytes
  }

  get(id: string): Transaction | undefined {
    return this.#transactions.get(id)
  }

  all(): IterableIterator<Transaction> {
    return this.#transactions.values()
  }

  /**
   * Gives the id's producer its epoch and fences all before it.
   * @param expected who the producer believes to be; undefined for one that has just started.
   */
  init(id: string, timeoutMs: number, expected: ProducerEpoch | undefined): ProducerAnswer {
    if (id === '') return refused(errorCodes.INVALID_REQUEST)
    if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) return refused(errorCodes.INVALID_TRANSACTION_TIMEOUT)
    const transaction = this.#open(id)
    if (transaction === undefined) return refused(errorCodes.COORDINATOR_NOT_AVAILABLE)
    const errorCode = initialise(transaction, expected, () => this.#around.newProducerId())
    if (errorCode !== 0) return refused(errorCode)
    if (transaction.state === 'Ongoing') {
      this.#abortAndFence(transaction)
      return refused(errorCodes.CONCURRENT_TRANSACTIONS)
    }
    transaction.state = 'Empty'
    transaction.timeoutMs = timeoutMs
    transaction.startMs = -1
    transaction.epochBumped = false
    const { producerId, producerEpoch } = transaction
    return { errorCode: errorCodes.NONE, producerId, producerEpoch }
  }

  /** Takes partitions and groups into the producer's transaction, which begins with the first: an error code. */
  add(id: string, producer: ProducerEpoch, { partitions = new Map(), groups = [] }: Additions): number {
    const transaction = this.#of(id, producer)
    if (typeof transaction === 'number') return transaction
    this.#touch(transaction)
    if (!this.#room(contentBytes(partitions.size, groups))) return errorCodes.COORDINATOR_NOT_AVAILABLE
    if (transaction.state !== 'Ongoing') {
      transaction.state = 'Ongoing'
      transaction.startMs = Date.now()
      transaction.timer = setTimeout(() => this.#abortAndFence(transaction), transaction.timeoutMs)
    }
    for (const [partition, topic] of partitions) transaction.partitions.set(partition, topic)
    for (const group of groups) transaction.groups.add(group)
    return errorCodes.NONE
  }

  /** Whether the producer's transaction has the partition or group: an error code. */
  verify(id: string, producer: ProducerEpoch, what: Partition | string): number {
    const transaction = this.#of(id, producer)
    if (typeof transaction === 'number') return transaction
    const has = typeof what === 'string' ? transaction.groups.has(what) : transaction.partitions.has(what)
    return has ? errorCodes.NONE : errorCodes.TRANSACTION_ABORTABLE
  }

  /** @param bumpsEpoch whether the client gets a new epoch with the end of each transaction (transaction.version 2). */
  end(id: string, producer: ProducerEpoch, commit: boolean, bumpsEpoch: boolean): ProducerAnswer {
    if (id === '') return refused(errorCodes.INVALID_REQUEST)
    const transaction = this.#transactions.get(id)
    if (transaction === undefined) return refused(errorCodes.INVALID_PRODUCER_ID_MAPPING)
    const verdict = endVerdict(transaction, producer, commit, bumpsEpoch)
    if (typeof verdict === 'number') return refused(verdict)
    if (verdict === 'end') {
      this.#touch(transaction)
      if (bumpsEpoch) this.#bumpEpoch(transaction)
      this.#end(transaction, commit, bumpsEpoch)
    }
    const { producerId, producerEpoch, nextProducerId } = transaction
    if (nextProducerId !== NO_PRODUCER) return { errorCode: 0, producerId: nextProducerId, producerEpoch: 0 }
    return { errorCode: 0, producerId, producerEpoch }
  }

  /** Writes the markers that had to wait for a leader. */
  resume(): void {
    for (const transaction of this.#transactions.values())
      if (transaction.ending) this.#writeMarkers(transaction)
  }

  close(): void {
    for (const { timer } of this.#transactions.values()) clearTimeout(timer)
    this.#transactions.clear()
  }

  /** The id's transaction, if this is its producer and it can be added to; else an error code. */
  #of(id: string, { producerId, producerEpoch }: ProducerEpoch): Transaction | number {
    if (id === '') return errorCodes.INVALID_REQUEST
    const transaction = this.#transactions.get(id)
    if (transaction?.producerId !== producerId) return errorCodes.INVALID_PRODUCER_ID_MAPPING
    if (transaction.producerEpoch !== producerEpoch) return errorCodes.PRODUCER_FENCED
    return transaction.ending ? errorCodes.CONCURRENT_TRANSACTIONS : transaction
  }

  /** It has taken too long, or another producer has begun. Nobody ever gets this epoch. */
  #abortAndFence(transaction: Transaction): void {
    transaction.producerEpoch++
    transaction.lastEpoch = NO_EPOCH
    this.#end(transaction, false, false)
  }

  #bumpEpoch(transaction: Transaction): void {
    if (transaction.exhausted) transaction.nextProducerId = this.#around.newProducerId()
    transaction.lastEpoch = transaction.producerEpoch
    transaction.producerEpoch++
  }

  #end(transaction: Transaction, commit: boolean, bumpsEpoch: boolean): void {
    clearTimeout(transaction.timer)
    // What has nothing in it begins and ends at once.
    if (transaction.state !== 'Ongoing') transaction.startMs = Date.now()
    transaction.epochBumped = bumpsEpoch
    transaction.state = commit ? 'PrepareCommit' : 'PrepareAbort'
    this.#writeMarkers(transaction)
  }

  #writeMarkers(transaction: Transaction): void {
    const { producerId, producerEpoch, partitions, groups } = transaction
    const commit = transaction.state === 'PrepareCommit'
    const coordinatorEpoch = this.#around.coordinatorEpoch()
    for (const group of groups) this.#around.endOffsets(group, producerId, commit)
    groups.clear()
    for (const partition of partitions.keys()) {
      if (!partition.log.deleted) {
        if (partition.leadership.leader < 0) continue
        const timestamp = Date.now()
        partition.endTransaction({ producerId, producerEpoch, commit, coordinatorEpoch, timestamp })
      }
      partitions.delete(partition)
    }
    if (partitions.size > 0) return
    transaction.state = commit ? 'CompleteCommit' : 'CompleteAbort'
    if (transaction.nextProducerId === NO_PRODUCER) return
    transaction.previousProducerId = producerId
    transaction.producerId = transaction.nextProducerId
    transaction.producerEpoch = 0
    transaction.nextProducerId = NO_PRODUCER
  }

  #open(id: string): Transaction | undefined {
    let transaction = this.#transactions.get(id)
    if (transaction === undefined) {
      if (!this.#room(transactionBytes(id))) return undefined
      transaction = new Transaction(id, this.#around.newProducerId())
    }
    this.#touch(transaction)
    return transaction
  }

  #touch(transaction: Transaction): void {
    this.#transactions.delete(transaction.id)
    this.#transactions.set(transaction.id, transaction)
  }

  /** Whether `bytes` more may be kept, after forgetting the ids that have been idle the longest. */
  #room(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) {
      this.#held = 0
      for (const transaction of this.#transactions.values()) this.#held += transaction.bytes
      for (const transaction of this.#transactions.values()) {
        if (this.#held + bytes <= this.#maxBytes) break
        if (!transaction.idle) continue
        this.#held -= transaction.bytes
        this.#transactions.delete(transaction.id)
      }
    }
    if (this.#held + bytes > this.#maxBytes) return false
    this.#held += bytes
    return true
  }
}
