/** Offsets as brokers know them: ends of logs, and what a group has committed. */
import type { Offsets } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { listOffsets } from '../../../protocol/messages/fetch.ts'
import { offsetCommit, offsetFetch } from '../../../protocol/messages/offsets.ts'
import type { Cluster } from '../cluster.ts'
import { BrokerError } from '../failure.ts'
import type { Coordinator } from './coordinator.ts'
import type { Links } from './links.ts'

export interface PartitionName {
  readonly topic: string
  readonly partition: number
}

export interface Asking {
  readonly cluster: Cluster
  readonly links: Links
  /** The end is that of the last transaction that has ended: read_committed. */
  readonly committed: boolean
}

/** Newest version that fits the question. */
const LIST_OFFSETS_VERSION = 7
const timestamps = { latest: -1, earliest: -2 } as const

/** Who commits: a member, or nobody in particular. */
export interface Identity {
  readonly groupId: string
  /** Or the member's epoch, in a group of KIP-848. */
  readonly generation: number
  readonly memberId: string
  readonly instance: string | undefined
}

/**
 * The start or the end of each partition's log, from their leaders.
 * @throws BrokerError, LinkError
 */
export async function endsOf(
  wanted: readonly PartitionName[],
  at: 'earliest' | 'latest',
  { cluster, links, committed }: Asking,
): Promise<Offsets[]> {
  const byLeader = Map.groupBy(wanted, ({ topic, partition }) => {
    const { leader = -1 } = cluster.topic(topic)?.partitions[partition] ?? {}
    if (leader < 0)
      throw new BrokerError(errorCodes.LEADER_NOT_AVAILABLE, `partition ${partition} of ${topic}`)
    return leader
  })
  const answers = [...byLeader].map(async ([leader, all]) => {
    const link = await links.to(leader)
    const request = {
      replicaId: -1,
      isolationLevel: committed ? 1 : 0,
      topics: byTopic(all, ({ topic, partition }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: cluster.topic(topic)?.partitions[partition]?.epoch ?? -1,
        timestamp: timestamps[at],
      })),
    }
    const { topics } = await link.call(listOffsets, request, LIST_OFFSETS_VERSION)
    return topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, errorCode, offset }) => {
        if (errorCode !== 0) throw new BrokerError(errorCode, `the ${at} offset of ${topic}/${partition}`)
        return { topic, partition, offset: Number(offset) }
      }),
    )
  })
  return (await Promise.all(answers)).flat()
}

/** As whom a member of a group of KIP-848 asks; in other groups everybody may. */
export interface Asker {
  readonly memberId: string
  readonly memberEpoch: number
}

/**
 * What the group has committed for these partitions; -1 where it has nothing.
 * @param stable whether to insist on offsets that no open transaction may still change.
 * @throws BrokerError, LinkError, NoBrokerError
 */
export async function committedOf(
  coordinator: Coordinator,
  groupId: string,
  wanted: readonly PartitionName[],
  stable: boolean,
  asker?: Asker,
): Promise<Offsets[]> {
  const topics = [...Map.groupBy(wanted, each => each.topic)].map(([name, all]) => ({
    name,
    partitionIndexes: all.map(each => each.partition),
  }))
  // one group or several: brokers before version 8 know the former only
  const group = { groupId, topics, ...asker }
  const answer = await coordinator.call(offsetFetch, { ...group, groups: [group], requireStable: stable })
  const { topics: found, errorCode: refused } = answer.groups[0] ?? answer
  const check = (code: number) => {
    if (code === 0) return
    coordinator.passes(code)
    throw new BrokerError(code, `what group ${groupId} has committed`)
  }
  check(refused)
  return found.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode, committedOffset }) => {
      check(errorCode)
      return { topic, partition, offset: Number(committedOffset) }
    }),
  )
}

/**
 * Commits once.
 * @throws BrokerError for the first partition that was refused; LinkError, NoBrokerError.
 */
export async function commitOffsets(
  coordinator: Coordinator,
  { groupId, generation, memberId, instance }: Identity,
  offsets: readonly Offsets[],
): Promise<void> {
  const answer = await coordinator.call(offsetCommit, {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId: instance ?? null,
    topics: byTopic(offsets, ({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedMetadata: '',
    })),
  })
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      if (errorCode === 0) continue
      coordinator.passes(errorCode)
      throw new BrokerError(
        errorCode,
        `committing partition ${partitionIndex} of ${name} in group ${groupId}`,
      )
    }
  }
}

function byTopic<N extends PartitionName, T>(all: readonly N[], one: (name: N) => T) {
  return [...Map.groupBy(all, each => each.topic)].map(([name, some]) => ({
    name,
    partitions: some.map(one),
  }))
}
