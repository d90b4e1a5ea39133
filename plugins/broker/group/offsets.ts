/** A committed offset of one partition. */
export interface CommittedOffset {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/** What an entry takes besides its texts and bytes, roughly. */
export const OBJECT_BYTES = 256

/** What a group has committed, by topic and partition. */
export class CommittedOffsets {
  readonly #topics = new Map<string, Map<number, CommittedOffset>>()

  get empty(): boolean {
    return this.#topics.size === 0
  }

  /** Memory held, in bytes, roughly. */
  get bytes(): number {
    let bytes = 0
    for (const [topic, partitions] of this.#topics) {
      bytes += OBJECT_BYTES + 2 * topic.length
      for (const { metadata } of partitions.values()) bytes += OBJECT_BYTES + 2 * metadata.length
    }
    return bytes
  }

  commit(topic: string, partition: number, committed: CommittedOffset): void {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#topics.set(topic, partitions)
    }
    partitions.set(partition, committed)
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  /** Topics with the partitions that have an offset. */
  *topics(): Generator<readonly [topic: string, partitions: readonly number[]]> {
    for (const [topic, partitions] of this.#topics) yield [topic, [...partitions.keys()]]
  }

  deleteTopic(topic: string): void {
    this.#topics.delete(topic)
  }
}
