/**
 * What makes a producer idempotent: a batch gets its sequence when it is first sent, and keeps it through all attempts, so that
 * the broker knows it again. What follows a failed batch goes again after it, one at a time.
 *
 * A batch that is given up leaves a gap, which the broker does not let others pass unless the batch was written after all.
 * Then, and when the broker refuses a sequence that is the next one, the partition begins anew: a higher epoch, sequences from 0.
 * New sequences get only batches that were certainly not written. One that may have been cannot have its end told any
 * more, and ends as unknown: with a new sequence the broker might write it twice.
 *
 * Until the partition has acked one, batches go one at a time: a broker that does not know the producer takes any sequence as
 * its first, also that of a second batch when the first one got lost.
 *
 * A partition of an idempotent producer stands alone at the broker, so each has its own epoch here.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from '../cluster.ts'
import type { Batch } from './batch.ts'
import type { PartitionQueue } from './queue.ts'
import { MOST_VERSION } from './request.ts'

const LAST_EPOCH = 32_767
/** Sequences are 31 bits long and begin again at 0. */
const WRAP = 0x7fff_ffff

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export class Sequences {
  readonly #fetch: () => Promise<Identity>
  readonly #arrived: () => void
  #closed = false

  /**
   * @param fetch asks a broker for a producer id that nobody has.
   * @param arrived a partition that waited for one has it.
   */
  constructor(fetch: () => Promise<Identity>, arrived: () => void) {
    this.#fetch = fetch
    this.#arrived = arrived
  }

  /** Newest version of Produce that these sequences go with. */
  get produceVersion(): number {
    return MOST_VERSION
  }

  /** @throws what `fetch` throws. */
  async begin(queues: readonly PartitionQueue[]): Promise<void> {
    const identity = await this.#fetch()
    for (const queue of queues) beginAnew(queue, identity)
  }

  /** Whether the partition's oldest batch may go out. */
  mayGo(queue: PartitionQueue): boolean {
    const first = queue.first()
    if (first === undefined || queue.producerId < 0n || first.outOfOrder) return false
    if (!queue.known && queue.sent.length > 0) return false
    if (first.sequence < 0) return !queue.gap
    return !queue.hasBefore(first)
  }

  /** Whether the partition has to begin anew: nothing is under way, and nothing that waits may go. */
  isStuck(queue: PartitionQueue): boolean {
    if (queue.sent.length > 0) return false
    const first = queue.first()
    if (first === undefined) return false
    return first.outOfOrder || (queue.gap && first.sequence < 0)
  }

  /** Begins the partition anew. Answers the batches that cannot come along: they may have been written. */
  renew(queue: PartitionQueue): Batch[] {
    const lost = queue.closed.filter(batch => batch.maybeWritten)
    const rest = queue.closed.filter(batch => !batch.maybeWritten)
    for (const batch of rest) batch.forgetSequence()
    queue.closed.splice(0, queue.closed.length, ...rest)
    if (queue.producerEpoch < LAST_EPOCH) {
      const { producerId, producerEpoch } = queue
      beginAnew(queue, { producerId, producerEpoch: producerEpoch + 1 })
    } else {
      beginAnew(queue, { producerId: -1n, producerEpoch: -1 })
      void this.#renewed(queue)
    }
    return lost
  }

  async #renewed(queue: PartitionQueue): Promise<void> {
    for (let failures = 1; !this.#closed; failures++) {
      try {
        beginAnew(queue, await this.#fetch())
        this.#arrived()
        return
      } catch {
        // what waits meanwhile is given up by the delivery time-out
        await sleep(backoffMs(failures), undefined, { ref: false })
      }
    }
  }

  close(): void {
    this.#closed = true
  }

  /** Gives a batch that goes out its sequence, unless it has one. */
  give(queue: PartitionQueue, batch: Batch): void {
    if (batch.sequence >= 0) return
    batch.giveSequence(queue.producerId, queue.producerEpoch, queue.nextSequence)
    queue.nextSequence = (queue.nextSequence + batch.count) & WRAP
  }

  acked(queue: PartitionQueue): void {
    // the broker lets no batch pass a gap
    queue.gap = false
    queue.known = true
  }

  /** A batch ended without being acked. */
  givenUp(queue: PartitionQueue, batch: Batch): void {
    if (
      batch.sequence >= 0 &&
      batch.producerId === queue.producerId &&
      batch.producerEpoch === queue.producerEpoch
    )
      queue.gap = true
  }
}

/** Sequences from 0, in another epoch. */
export function beginAnew(queue: PartitionQueue, { producerId, producerEpoch }: Identity): void {
  queue.producerId = producerId
  queue.producerEpoch = producerEpoch
  queue.nextSequence = 0
  queue.gap = false
  queue.known = false
}
