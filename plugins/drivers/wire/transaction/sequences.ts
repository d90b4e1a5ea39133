/**
 * Sequences in transactions: one producer id and epoch for all partitions, given by the coordinator. A partition cannot begin
 * anew in the middle: where an idempotent producer would, the transaction is broken.
 */
import type { Batch } from '../producer/batch.ts'
import type { PartitionQueue } from '../producer/queue.ts'
import { beginAnew, type Identity, Sequences } from '../producer/sequences.ts'

export interface Gate {
  /** Newest version of Produce that goes with the protocol of transactions. */
  readonly produceVersion: number
  /** Nothing of the transaction goes out any more. */
  readonly broken: object | undefined
  /** Whether the partition is in the transaction, so that its batches may go out. */
  admits(queue: PartitionQueue): boolean
  /** A batch goes out. */
  started(): void
  /** A batch ended without being acked, or its sequence is refused for good. */
  break(error: string, message: string): void
}

/** What has no producer id at present waits for one. */
const NOBODY: Identity = { producerId: -1n, producerEpoch: -1 }

export class TransactionalSequences extends Sequences {
  readonly #gate: Gate
  readonly #queues: readonly PartitionQueue[]

  constructor(gate: Gate, queues: readonly PartitionQueue[], fetch: () => Promise<Identity>) {
    super(fetch, () => undefined)
    this.#gate = gate
    this.#queues = queues
  }

  override get produceVersion(): number {
    return this.#gate.produceVersion
  }

  /** All partitions begin anew; undefined: as soon as there is somebody to be. */
  restart(identity: Identity = NOBODY): void {
    for (const queue of this.#queues) beginAnew(queue, identity)
  }

  override mayGo(queue: PartitionQueue): boolean {
    return this.#gate.admits(queue) && super.mayGo(queue)
  }

  override give(queue: PartitionQueue, batch: Batch): void {
    this.#gate.started()
    super.give(queue, batch)
  }

  override isStuck(queue: PartitionQueue): boolean {
    return this.#gate.broken === undefined && super.isStuck(queue)
  }

  override renew(queue: PartitionQueue): Batch[] {
    const { error = '', message = '' } = queue.first() ?? {}
    this.#gate.break(error, message)
    return []
  }

  override givenUp(queue: PartitionQueue, batch: Batch): void {
    super.givenUp(queue, batch)
    this.#gate.break(batch.error, batch.message)
  }
}
