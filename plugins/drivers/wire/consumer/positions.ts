/** Where a member reads on: committed offsets, its own progress, or an end of the log. */
import type { Offsets } from '../../../../core/plugin.ts'
import type { Cluster } from '../cluster.ts'
import type { Coordinator } from './coordinator.ts'
import type { Links } from './links.ts'
import { type Asker, committedOf, endsOf, type PartitionName } from './offsets.ts'
import { Partition } from './partition.ts'

export interface PositionOptions {
  readonly cluster: Cluster
  readonly links: Links
  readonly coordinator: Coordinator
  readonly group: string
  readonly from: 'earliest' | 'latest'
  /** read_committed */
  readonly committed: boolean
  /** In groups where not everybody may ask what is committed. */
  readonly asker?: () => Asker
}

/**
 * A position for each assigned partition. The group's committed offset counts, unless this member itself had got further
 * (`own`); without either, `from` decides, by the log as it is now.
 * @throws BrokerError, LinkError, NoBrokerError
 */
export async function resolvePositions(
  { cluster, links, coordinator, group, from, committed, asker }: PositionOptions,
  assigned: readonly PartitionName[],
  own: readonly Partition[],
): Promise<Partition[]> {
  if (assigned.length === 0) return []
  const at = { cluster, links, committed }
  const [known, ends] = await Promise.all([
    committedOf(coordinator, group, assigned, committed, asker?.()),
    endsOf(assigned, 'latest', at),
  ])
  const reached = assigned.map(({ topic, partition }) => {
    const mine = own.find(each => each.topic === topic && each.number === partition)?.offset ?? -1
    return { topic, partition, offset: Math.max(find(known, topic, partition), mine) }
  })
  const unknown = reached.filter(({ offset }) => offset < 0)
  const begin = from === 'latest' || unknown.length === 0 ? ends : await endsOf(unknown, 'earliest', at)
  return reached.map(({ topic, partition, offset }) => {
    const position = offset < 0 ? find(begin, topic, partition) : offset
    const made = new Partition(topic, partition, position, find(known, topic, partition))
    made.end = Math.max(position, find(ends, topic, partition))
    return made
  })
}

/** -1: none. */
function find(offsets: readonly Offsets[], topic: string, partition: number): number {
  return offsets.find(each => each.topic === topic && each.partition === partition)?.offset ?? -1
}
