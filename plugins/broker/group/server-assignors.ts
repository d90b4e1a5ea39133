/** Assignors of the broker, for groups of KIP-848. */
import { balance, keyOf, type PartitionKey, topicOf } from '../../protocol/balance.ts'

export interface AssignedMember {
  readonly id: string
  /** Topics that are there, by id. */
  readonly topics: ReadonlySet<string>
  /** What it was to have until now. */
  readonly before: ReadonlySet<PartitionKey>
}

export interface CountedTopic {
  readonly id: string
  readonly partitions: number
}

/** Partitions of each member, by its id. */
export type Targets = ReadonlyMap<string, ReadonlySet<PartitionKey>>
type Assignor = (members: readonly AssignedMember[], topics: readonly CountedTopic[]) => Targets

/** As even as can be over all topics, and whoever has a partition keeps it as long as that does not change that. */
const uniform: Assignor = (members, topics) => {
  const existing = new Set(topics.flatMap(partitionsOf))
  const shares = members.map(({ id, topics: may, before }) => ({
    ...{ id, topics: may },
    has: new Set([...before].filter(key => existing.has(key) && may.has(topicOf(key)))),
  }))
  balance(shares, existing)
  return new Map(shares.map(({ id, has }) => [id, has]))
}

/** Of each topic, consecutive partitions for each member, one more for the first ones. */
const range: Assignor = (members, topics) => {
  const shares = new Map(members.map(({ id }) => [id, new Set<PartitionKey>()]))
  for (const topic of topics) {
    const rest = partitionsOf(topic)
    const readers = members
      .filter(each => each.topics.has(topic.id))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    for (const [i, { id }] of readers.entries()) {
      const count = Math.ceil(rest.length / (readers.length - i))
      for (const key of rest.splice(0, count)) shares.get(id)?.add(key)
    }
  }
  return shares
}

function partitionsOf({ id, partitions }: CountedTopic): PartitionKey[] {
  return Array.from({ length: partitions }, (_, partition) => keyOf(id, partition))
}

/** By name; the first one is taken where members do not say. */
export const serverAssignors: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', uniform],
  ['range', range],
])
