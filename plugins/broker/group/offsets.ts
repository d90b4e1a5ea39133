/** A committed offset of one partition. */
export interface CommittedOffset {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/** What an entry takes besides its texts and bytes, roughly. */
export const OBJECT_BYTES = 256

interface Entry extends CommittedOffset {
  /** Its place among all commits of the group: the later one counts, whenever its transaction ends. */
  readonly order: number
}

type Offsets = Map<string, Map<number, Entry>>

/** What a group has committed, by topic and partition, and what transactions that are still open will commit. */
export class CommittedOffsets {
  readonly #topics: Offsets = new Map()
  /** By the producer whose transaction it is. */
  readonly #pending = new Map<bigint, Offsets>()
  #commits = 0

  get empty(): boolean {
    return this.#topics.size === 0 && this.#pending.size === 0
  }

  /** Memory held, in bytes, roughly. */
  get bytes(): number {
    let bytes = bytesOf(this.#topics)
    for (const offsets of this.#pending.values()) bytes += OBJECT_BYTES + bytesOf(offsets)
    return bytes
  }

  commit(topic: string, partition: number, committed: CommittedOffset): void {
    put(this.#topics, topic, partition, { ...committed, order: ++this.#commits })
  }

  /** Keeps an offset until the producer's transaction ends. */
  prepare(producerId: bigint, topic: string, partition: number, committed: CommittedOffset): void {
    let offsets = this.#pending.get(producerId)
    if (offsets === undefined) {
      offsets = new Map()
      this.#pending.set(producerId, offsets)
    }
    put(offsets, topic, partition, { ...committed, order: ++this.#commits })
  }

  /** The producer's transaction ends: what it prepared is committed or dropped. */
  end(producerId: bigint, commit: boolean): void {
    const offsets = this.#pending.get(producerId)
    if (offsets === undefined) return
    this.#pending.delete(producerId)
    if (!commit) return
    for (const [topic, partitions] of offsets) {
      for (const [partition, entry] of partitions) {
        const present = this.#topics.get(topic)?.get(partition)
        if (present === undefined || present.order < entry.order) put(this.#topics, topic, partition, entry)
      }
    }
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  /** Whether a transaction that is still open has an offset for the partition. */
  isPending(topic: string, partition: number): boolean {
    for (const offsets of this.#pending.values()) if (offsets.get(topic)?.has(partition)) return true
    return false
  }

  /** Topics with the partitions that have an offset. */
  *topics(): Generator<readonly [topic: string, partitions: readonly number[]]> {
    for (const [topic, partitions] of this.#topics) yield [topic, [...partitions.keys()]]
  }

  /** Forgets a partition's offset, and what open transactions have for it. */
  delete(topic: string, partition: number): void {
    remove(this.#topics, topic, partition)
    for (const [producerId, offsets] of this.#pending) {
      remove(offsets, topic, partition)
      if (offsets.size === 0) this.#pending.delete(producerId)
    }
  }

  deleteTopic(topic: string): void {
    this.#topics.delete(topic)
    for (const [producerId, offsets] of this.#pending) {
      offsets.delete(topic)
      if (offsets.size === 0) this.#pending.delete(producerId)
    }
  }
}

function put(offsets: Offsets, topic: string, partition: number, entry: Entry): void {
  let partitions = offsets.get(topic)
  if (partitions === undefined) {
    partitions = new Map()
    offsets.set(topic, partitions)
  }
  partitions.set(partition, entry)
}

function remove(offsets: Offsets, topic: string, partition: number): void {
  const partitions = offsets.get(topic)
  if (partitions?.delete(partition) && partitions.size === 0) offsets.delete(topic)
}

function bytesOf(offsets: Offsets): number {
  let bytes = 0
  for (const [topic, partitions] of offsets) {
    bytes += OBJECT_BYTES + 2 * topic.length
    for (const { metadata } of partitions.values()) bytes += OBJECT_BYTES + 2 * metadata.length
  }
  return bytes
}
