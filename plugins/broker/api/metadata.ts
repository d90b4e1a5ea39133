import { errorCodes } from '../../protocol/errors.ts'
import { describeCluster, metadata } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/scalar.ts'
import { distinct } from '../distinct.ts'
import { type Context, handler } from '../handler.ts'
import { HOST } from '../nodes.ts'
import { RefusedError } from '../refused.ts'
import type { Topic } from '../topics.ts'

function describe(topic: Topic) {
  return {
    name: topic.name,
    topicId: topic.id,
    partitions: topic.partitions.map(({ index, leadership }) => ({
      partitionIndex: index,
      errorCode: leadership.leader < 0 ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
      leaderId: leadership.leader,
      leaderEpoch: leadership.epoch,
      replicaNodes: leadership.replicas,
      isrNodes: leadership.isr,
      offlineReplicas: leadership.offline,
    })),
  }
}

function byName(name: string, create: boolean, { cluster }: Context) {
  const topic = cluster.topics.get(name)
  if (topic) return describe(topic)
  if (!create) return { name, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
  try {
    return describe(cluster.topics.create(name, { partitions: cluster.defaultPartitions, factor: 1 }))
  } catch (error) {
    if (error instanceof RefusedError) return { name, errorCode: error.code }
    throw error
  }
}

/** Metadata; a topic asked for by name is made when the client allows it. */
export const metadataHandler = handler(metadata, (request, context) => {
  const { cluster, version } = context
  const create = request.allowAutoTopicCreation
  // Version 0 has no null: there an empty list asks for all topics.
  const all = request.topics === null || (version === 0 && request.topics.length === 0)
  const topics = all
    ? [...cluster.topics.all()].map(describe)
    : distinct(request.topics ?? [], ({ name, topicId }) => `${topicId}${name}`).map(({ name, topicId }) => {
        if (topicId !== ZERO_UUID) {
          const topic = cluster.topics.byId(topicId)
          const unknown = { name: version < 12 ? '' : null, topicId, errorCode: errorCodes.UNKNOWN_TOPIC_ID }
          return topic ? describe(topic) : unknown
        }
        if (name === null) return { name: '', errorCode: errorCodes.INVALID_REQUEST }
        return byName(name, create, context)
      })
  return {
    brokers: cluster.nodes.up.map(({ id, port }) => ({ nodeId: id, host: HOST, port })),
    clusterId: cluster.clusterId,
    controllerId: cluster.nodes.controller?.id ?? -1,
    topics,
  }
})

export const describeClusterHandler = handler(describeCluster, (_request, { cluster }) => ({
  clusterId: cluster.clusterId,
  controllerId: cluster.nodes.controller?.id ?? -1,
  brokers: cluster.nodes.up.map(({ id, port }) => ({ brokerId: id, host: HOST, port })),
}))
