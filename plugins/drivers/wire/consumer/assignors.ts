/** Who in a group reads what: Kafka's own range and round-robin assignors, to the partition, and the cooperative one. */
import type { ConsumerOptions } from '../../../../core/plugin.ts'
import type { Subscription } from './consumer-protocol.ts'
import type { PartitionName } from './offsets.ts'
import { cooperativeSticky } from './sticky.ts'

export interface GroupMember extends Subscription {
  readonly id: string
  /** Of a static member. */
  readonly instance: string | null
}

/** Partitions of each member, by its id. */
export type Assignments = ReadonlyMap<string, readonly PartitionName[]>

export interface Assignor {
  /** As members of all clients know it. */
  readonly name: string
  /** Whether members keep what they have through a rebalance, and give up only what moves. */
  readonly cooperative: boolean
  /** @param partitionsOf number of a topic's partitions, 0 for a topic that is not there. */
  assign(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignments
}

/** RangeAssignor: of each topic, consecutive partitions for each member, one more for the first ones. */
const range: Assignor = {
  name: 'range',
  cooperative: false,
  assign(members, partitionsOf) {
    const assigned = nothingFor(members)
    for (const topic of topicsOf(members)) {
      const readers = inOrder(members.filter(each => each.topics.includes(topic)))
      const count = partitionsOf(topic)
      const each = Math.floor(count / readers.length)
      const more = count % readers.length
      for (const [i, { id }] of readers.entries()) {
        const first = each * i + Math.min(i, more)
        const last = first + each + (i < more ? 1 : 0)
        for (let partition = first; partition < last; partition++)
          assigned.get(id)?.push({ topic, partition })
      }
    }
    return assigned
  },
}

/** RoundRobinAssignor: all partitions of all topics in turn, past members that are not subscribed to the topic. */
const roundRobin: Assignor = {
  name: 'roundrobin',
  cooperative: false,
  assign(members, partitionsOf) {
    const assigned = nothingFor(members)
    const circle = inOrder(members)
    let turn = 0
    const next = () => circle[turn++ % circle.length] as GroupMember
    for (const topic of topicsOf(members)) {
      for (let partition = 0; partition < partitionsOf(topic); partition++) {
        let reader = next()
        while (!reader.topics.includes(topic)) reader = next()
        assigned.get(reader.id)?.push({ topic, partition })
      }
    }
    return assigned
  },
}

/**
 * What a member offers its group, the one it prefers first. Cooperative members are among themselves: others would have to
 * give up all they have, and think the same of them.
 */
export function offered(preferred: ConsumerOptions['assignor'] = 'range'): readonly Assignor[] {
  if (preferred === 'cooperative-sticky') return [cooperativeSticky]
  return preferred === 'range' ? [range, roundRobin] : [roundRobin, range]
}

function nothingFor(members: readonly GroupMember[]): Map<string, PartitionName[]> {
  return new Map(members.map(({ id }) => [id, []]))
}

function topicsOf(members: readonly GroupMember[]): string[] {
  return [...new Set(members.flatMap(each => each.topics))].sort()
}

/** Static members first, by their instance; then the others by their id. */
function inOrder(members: readonly GroupMember[]): GroupMember[] {
  return members.toSorted((a, b) => {
    if (a.instance !== null && b.instance !== null) return compare(a.instance, b.instance)
    if (a.instance !== null) return -1
    return b.instance === null ? compare(a.id, b.id) : 1
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
