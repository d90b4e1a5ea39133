/** The partition of a record without a key: one for as long as its batch is open, then the next one that has a leader. */
import type { PartitionQueue } from './queue.ts'

export class Sticky {
  readonly #queues: readonly PartitionQueue[]
  #partition: number

  /** @param start producers begin at different partitions. */
  constructor(queues: readonly PartitionQueue[], start: number) {
    this.#queues = queues
    this.#partition = start % queues.length
  }

  get queue(): PartitionQueue {
    return this.#queues[this.#partition] as PartitionQueue
  }

  /** A partition's batch is over. */
  leave(partition: number): void {
    if (partition !== this.#partition) return
    const { length } = this.#queues
    let next = (partition + 1) % length
    while (next !== partition && this.#queues[next]?.leader === -1) next = (next + 1) % length
    this.#partition = next === partition ? (partition + 1) % length : next
  }
}
