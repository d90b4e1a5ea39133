/** One connection to a broker as a producer sees it: the partitions that go there, and what may go out on it. */
import type { ProducerSettings } from '../../../../core/plugin.ts'
import type { Link } from '../link.ts'
import { type Accumulator, REQUEST_BYTES } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { PartitionQueue } from './queue.ts'
import type { ProduceRequests } from './request.ts'
import type { Sequences } from './sequences.ts'

/** Timers fire up to a millisecond early by a finer clock. */
export const EARLY_US = 500

export interface Connection {
  readonly link: Link
  readonly requests: ProduceRequests
}

type LaneSettings = Pick<ProducerSettings, 'lingerUs' | 'maxInFlight'>

export class Lane {
  readonly node: number
  /** Which of the connections to that broker it is. */
  readonly number: number
  queues: PartitionQueue[] = []
  connection: Connection | undefined
  connecting = false
  /** Requests under way. */
  inFlight = 0
  /** µs since t0 before which nothing goes out: the broker asked for it. */
  notBefore = Number.NEGATIVE_INFINITY
  readonly #accumulator: Accumulator
  readonly #settings: LaneSettings
  readonly #sequences: Sequences | undefined
  /** Where the next request begins, so that no partition starves behind others. */
  #next = 0

  constructor(
    node: number,
    number: number,
    accumulator: Accumulator,
    settings: LaneSettings,
    sequences: Sequences | undefined,
  ) {
    this.node = node
    this.number = number
    this.#accumulator = accumulator
    this.#settings = settings
    this.#sequences = sequences
  }

  /** µs since t0 from which on something may go out, Infinity for when something else happens. */
  due(): number {
    let first = Number.POSITIVE_INFINITY
    for (const queue of this.queues) {
      const due = this.#due(queue)
      if (due < first) first = due
    }
    return Math.max(this.notBefore, first)
  }

  #due(queue: PartitionQueue): number {
    if (!this.#mayGo(queue)) return Number.POSITIVE_INFINITY
    if (queue.closed.length > 0 || this.#accumulator.hurry) return queue.notBefore
    return Math.max(queue.notBefore, (queue.open as Batch).openedAt + this.#settings.lingerUs)
  }
  #mayGo(queue: PartitionQueue): boolean {
    // a request may still be under way to the leader before: its batch would come after this one
    if (this.#settings.maxInFlight === 1 && queue.sent.length > 0) return false
    return !queue.empty && (this.#sequences?.mayGo(queue) ?? true)
  }

  /**
   * The batches of the next request: as in the Java client, a request that goes anyway takes the open batches of its broker
   * along. A partition has one batch in it at most: brokers take no more.
   */
  take(now: number): Batch[] {
    const batches: Batch[] = []
    const { queues } = this
    const { length } = queues
    const start = this.#next % Math.max(1, length)
    const until = now + EARLY_US
    let bytes = 0
    for (let i = 0; i < length; i++) {
      const queue = queues[(start + i) % length] as PartitionQueue
      if (queue.notBefore > until || !this.#mayGo(queue)) continue
      const size = queue.first()?.size ?? 0
      if (bytes > 0 && bytes + size > REQUEST_BYTES) {
        this.#next = (start + i) % length
        return batches
      }
      const batch = this.#accumulator.shift(queue) as Batch
      this.#sequences?.give(queue, batch)
      queue.sent.push(batch)
      bytes += size
      batches.push(batch)
    }
    this.#next = (start + 1) % Math.max(1, length)
    return batches
  }
}
