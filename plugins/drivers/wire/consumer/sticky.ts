/** Cooperative sticky: as even as can be, and whoever has a partition keeps it as long as that does not change that. */
import {
  balance,
  keyOf,
  type PartitionKey,
  partitionOf,
  type Share,
  topicOf,
} from '../../../protocol/balance.ts'
import type { Assignor, GroupMember } from './assignors.ts'
import type { PartitionName } from './offsets.ts'

interface Reader extends Share {
  readonly member: GroupMember
}

export const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  cooperative: true,
  assign(members, partitionsOf) {
    const readers = members
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(member => ({ member, topics: new Set(member.topics), has: new Set<PartitionKey>() }))
    const topics = [...new Set(members.flatMap(each => each.topics))].sort()
    const existing = new Set(
      topics.flatMap(topic =>
        Array.from({ length: partitionsOf(topic) }, (_, partition) => keyOf(topic, partition)),
      ),
    )
    keep(readers, existing)
    const owners = new Map(readers.flatMap(reader => [...reader.has].map(key => [key, reader] as const)))
    balance(readers, existing)
    return withoutMoving(readers, owners)
  },
}

/** Leaves with everybody what it has. What two of the same generation claim is nobody's, otherwise the later one has it. */
function keep(readers: readonly Reader[], existing: ReadonlySet<PartitionKey>): void {
  const generations = Map.groupBy(readers, ({ member }) => member.owned.generation)
  const settled = new Set<PartitionKey>()
  for (const [, some] of [...generations].sort(([a], [b]) => b - a)) {
    const claims = new Map<PartitionKey, Reader | undefined>()
    for (const reader of some) {
      for (const key of ownedBy(reader)) {
        if (existing.has(key) && reader.topics.has(topicOf(key)) && !settled.has(key))
          claims.set(key, claims.has(key) ? undefined : reader)
      }
    }
    for (const [key, reader] of claims) {
      settled.add(key)
      reader?.has.add(key)
    }
  }
}

/** What is still with another member is nobody's this time: that one gives it up and joins again, then it is free. */
function withoutMoving(
  readers: readonly Reader[],
  owners: ReadonlyMap<PartitionKey, Reader>,
): Map<string, PartitionName[]> {
  const holders = new Map<PartitionKey, Set<Reader>>()
  for (const reader of readers) {
    for (const key of ownedBy(reader)) {
      const all = holders.get(key)
      if (all) all.add(reader)
      else holders.set(key, new Set([reader]))
    }
  }
  return new Map(
    readers.map(reader => {
      const free = [...reader.has].filter(
        key => (owners.get(key) ?? reader) === reader && (holders.get(key)?.has(reader) ?? true),
      )
      const names = free.map(key => ({ topic: topicOf(key), partition: partitionOf(key) }))
      return [reader.member.id, names.sort(inOrder)]
    }),
  )
}

function ownedBy({ member }: Reader): readonly PartitionKey[] {
  return [...new Set(member.owned.partitions.map(({ topic, partition }) => keyOf(topic, partition)))]
}

function inOrder(a: PartitionName, b: PartitionName): number {
  if (a.topic === b.topic) return a.partition - b.partition
  return a.topic < b.topic ? -1 : 1
}
