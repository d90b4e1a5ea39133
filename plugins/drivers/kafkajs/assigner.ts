/** Who gets which partitions; and the one place where kafkajs shows its cluster, for offsets and metadata. */
import type { Cluster, Kafka, PartitionAssigner } from 'kafkajs'
import type { Offsets } from '../../../core/plugin.ts'
import type { Kafkajs } from './client.ts'

const NAME = 'fixed'

/**
 * kafkajs's own round robin; or, with `fixed`, those partitions for every member.
 * @param onCluster is given the consumer's cluster when it is made.
 */
export function createAssigner(
  { PartitionAssigners, AssignerProtocol }: Kafkajs,
  fixed: readonly Offsets[] | undefined,
  onCluster: (cluster: Cluster) => void,
): PartitionAssigner {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol
  return config => {
    onCluster(config.cluster)
    if (fixed === undefined) return PartitionAssigners.roundRobin(config)
    const common = { version: 0, userData: Buffer.alloc(0) }
    const assignment = byTopic(fixed)
    return {
      name: NAME,
      version: 0,
      protocol: ({ topics }) => ({ name: NAME, metadata: MemberMetadata.encode({ ...common, topics }) }),
      assign: async ({ members }) =>
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ ...common, assignment }),
        })),
    }
  }
}

function byTopic(offsets: readonly Offsets[]): Record<string, number[]> {
  const topics: Record<string, number[]> = {}
  for (const { topic, partition } of offsets) (topics[topic] ??= []).push(partition)
  return topics
}

/** A cluster that reads uncommitted (or only committed) offsets: kafkajs gives one to a consumer alone, joined or not. */
export function clusterOf(kafkajs: Kafkajs, kafka: Kafka, readUncommitted: boolean): Cluster {
  let cluster: Cluster | undefined
  const assigner = createAssigner(kafkajs, undefined, made => {
    cluster = made
  })
  kafka.consumer({
    groupId: 'kafka-loadtest-never-joined',
    readUncommitted,
    allowAutoTopicCreation: false,
    partitionAssigners: [assigner],
  })
  return cluster as Cluster
}
