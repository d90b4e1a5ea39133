import { errorCodes } from '../../protocol/errors.ts'
import { describeCluster, metadata } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/scalar.ts'
import { HOST, NODE_ID } from '../broker.ts'
import { distinct } from '../distinct.ts'
import { type Context, handler } from '../handler.ts'
import { LEADER_EPOCH } from '../leader-epoch.ts'
import { RefusedError } from '../refused.ts'
import type { Topic } from '../topics.ts'

const REPLICAS = [NODE_ID]

function describe(topic: Topic) {
  return {
    name: topic.name,
    topicId: topic.id,
    partitions: topic.partitions.map(({ index }) => ({
      partitionIndex: index,
      leaderId: NODE_ID,
      leaderEpoch: LEADER_EPOCH,
      replicaNodes: REPLICAS,
      isrNodes: REPLICAS,
    })),
  }
}

function byName(name: string, create: boolean, { broker }: Context) {
  const topic = broker.topics.get(name)
  if (topic) return describe(topic)
  if (!create) return { name, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
  try {
    return describe(broker.topics.create(name, broker.defaultPartitions))
  } catch (error) {
    if (error instanceof RefusedError) return { name, errorCode: error.code }
    throw error
  }
}

/** Metadata; a topic asked for by name is made when the client allows it. */
export const metadataHandler = handler(metadata, (request, context) => {
  const { broker, version } = context
  const create = request.allowAutoTopicCreation
  // Version 0 has no null: there an empty list asks for all topics.
  const all = request.topics === null || (version === 0 && request.topics.length === 0)
  const topics = all
    ? [...broker.topics.all()].map(describe)
    : distinct(request.topics ?? [], ({ name, topicId }) => `${topicId}${name}`).map(({ name, topicId }) => {
        if (topicId !== ZERO_UUID) {
          const topic = broker.topics.byId(topicId)
          const unknown = { name: version < 12 ? '' : null, topicId, errorCode: errorCodes.UNKNOWN_TOPIC_ID }
          return topic ? describe(topic) : unknown
        }
        if (name === null) return { name: '', errorCode: errorCodes.INVALID_REQUEST }
        return byName(name, create, context)
      })
  return {
    brokers: [{ nodeId: NODE_ID, host: HOST, port: broker.port }],
    clusterId: broker.clusterId,
    controllerId: NODE_ID,
    topics,
  }
})

export const describeClusterHandler = handler(describeCluster, (_request, { broker }) => ({
  clusterId: broker.clusterId,
  controllerId: NODE_ID,
  brokers: [{ brokerId: NODE_ID, host: HOST, port: broker.port }],
}))
