/** Which partitions' batches go together: those of one broker, at most `maxInFlight` requests under way to it. */
import type { PartitionMetadata } from 'kafkajs'
import { type Accumulator, type PartitionQueue, REQUEST_BYTES } from './accumulator.ts'
import type { Batch } from './batch.ts'

export class Lane {
  queues: PartitionQueue[] = []
  inFlight = 0
  /** Answered, so connected: until then requests go one by one, or a small one overtakes the first while it connects. */
  proven = false
  /** µs since t0 before which nothing goes out: the broker could not be reached. */
  notBefore = Number.NEGATIVE_INFINITY
  /** Where the next request begins, so that no partition starves behind others. */
  next = 0
}

export class Lanes {
  readonly #accumulator: Accumulator
  readonly #maxInFlight: number
  /** A partition waits for its last answer: kafkajs would reorder its batches. */
  readonly #oneByOne: boolean
  #byLeader: ReadonlyMap<number, Lane>
  #metadata: readonly PartitionMetadata[] | undefined

  constructor(
    accumulator: Accumulator,
    options: { readonly maxInFlight: number; readonly oneByOne: boolean },
  ) {
    this.#accumulator = accumulator
    this.#maxInFlight = options.maxInFlight
    this.#oneByOne = options.oneByOne
    const all = new Lane()
    all.queues = [...accumulator.queues]
    this.#byLeader = new Map([[-1, all]])
  }

  /** kafkajs's own view of who leads what; a request under way keeps the lane it went out on. */
  follow(metadata: readonly PartitionMetadata[]): void {
    if (metadata === this.#metadata) return
    this.#metadata = metadata
    const lanes = new Map<number, Lane>()
    const leaders = new Map(metadata.map(({ partitionId, leader }) => [partitionId, leader]))
    for (const queue of this.#accumulator.queues) {
      const leader = leaders.get(queue.id) ?? -1
      let lane = lanes.get(leader)
      if (lane === undefined) {
        lane = this.#byLeader.get(leader) ?? new Lane()
        lane.queues = []
        lane.next = 0
        lanes.set(leader, lane)
      }
      lane.queues.push(queue)
    }
    this.#byLeader = lanes
  }

  *[Symbol.iterator](): Iterator<Lane> {
    yield* this.#byLeader.values()
  }

  /** Whether a request may go out on the lane, and there is something due for it. */
  ready(lane: Lane, now: number): boolean {
    const limit = lane.proven ? this.#maxInFlight : 1
    return lane.inFlight < limit && lane.notBefore <= now && lane.queues.some(queue => this.#due(queue, now))
  }

  #due(queue: PartitionQueue, now: number): boolean {
    return this.#free(queue) && this.#accumulator.due(queue, now)
  }
  #free(queue: PartitionQueue): boolean {
    return queue.sending === 0 || !(this.#oneByOne || queue.suspect)
  }

  /**
   * The batches of the lane's next request: as in the Java client, a request that goes anyway takes the open batches of
   * its broker along. One batch of a partition at most, since kafkajs would make one record batch of several.
   */
  take(lane: Lane, now: number): Batch[] {
    const { queues } = lane
    const batches: Batch[] = []
    const count = queues.length
    const start = lane.next
    let bytes = 0
    let first: PartitionQueue | undefined
    for (let i = 0; i < count && first === undefined; i++) {
      const queue = queues[(start + i) % count] as PartitionQueue
      if (!this.#due(queue, now)) continue
      first = queue
      lane.next = (start + i + 1) % count
    }
    if (first === undefined) return batches
    const add = (queue: PartitionQueue) => {
      const batch = this.#accumulator.take(queue)
      if (batch === undefined) return
      queue.sending++
      bytes += batch.encodedBytes
      batches.push(batch)
    }
    add(first)
    if (first.suspect) return batches
    for (const queue of queues) {
      if (queue === first || queue.suspect || !this.#free(queue)) continue
      if (bytes + (queue.first()?.encodedBytes ?? 0) <= REQUEST_BYTES) add(queue)
    }
    return batches
  }
}
