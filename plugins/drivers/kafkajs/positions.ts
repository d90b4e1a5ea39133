/** Where a member reads on: committed offsets, its own progress, or an end of the log. */
import type { Cluster } from 'kafkajs'

export interface Position {
  readonly topic: string
  readonly partition: number
  /** Next offset to read. */
  offset: number
  /** End of the log as far as known. */
  end: number
  /** What the group knows; -1: nothing. */
  committed: number
}

export type Assigned = Readonly<Record<string, readonly number[]>>

/**
 * A position for each assigned partition. The group's committed offset counts, unless this member itself had got further
 * (`own`); without either, `from` decides, by the log as it is now.
 * @param group undefined: nothing is committed.
 */
export async function resolvePositions(
  cluster: Cluster,
  group: string | undefined,
  assigned: Assigned,
  own: readonly Position[],
  from: 'latest' | 'earliest',
): Promise<readonly Position[]> {
  const topics = Object.entries(assigned).map(([topic, partitions]) => ({
    topic,
    // the types ask for an offset, the request has none
    partitions: partitions.map(partition => ({ partition, offset: '' })),
  }))
  if (topics.length === 0) return []
  const [committed, ends, starts] = await Promise.all([
    group === undefined ? undefined : committedOffsets(cluster, group, topics),
    cluster.fetchTopicsOffset(topics.map(each => ({ ...each, fromBeginning: false }))),
    from === 'latest'
      ? undefined
      : cluster.fetchTopicsOffset(topics.map(each => ({ ...each, fromBeginning: true }))),
  ])
  return Object.entries(assigned).flatMap(([topic, partitions]) =>
    partitions.map(partition => {
      const end = find(ends, topic, partition)
      const known = find(committed, topic, partition)
      const mine = own.find(each => each.topic === topic && each.partition === partition)?.offset ?? -1
      const reached = Math.max(known, mine)
      const offset = reached >= 0 ? reached : find(starts ?? ends, topic, partition)
      return { topic, partition, offset, end, committed: group === undefined ? offset : known }
    }),
  )
}

type TopicOffsets = readonly {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
}[]

async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[],
): Promise<TopicOffsets> {
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  return (await coordinator.offsetFetch({ groupId, topics })).responses
}

/** -1: none. */
function find(offsets: TopicOffsets | undefined, topic: string, partition: number): number {
  const partitions = offsets?.find(each => each.topic === topic)?.partitions
  return Number(partitions?.find(each => each.partition === partition)?.offset ?? -1)
}
