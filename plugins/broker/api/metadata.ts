import { errorCodes } from '../../protocol/errors.ts'
import { describeCluster, metadata } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/scalar.ts'
import { type Context, handler } from '../handler.ts'
import { HOST } from '../nodes.ts'
import { RefusedError } from '../refused.ts'
import { checkTopicName, type Topic } from '../topics.ts'

/** What a client may do, as bits: everything, since nobody is authorized here. */
const EVERYTHING = { topic: 3576, cluster: 8096 } as const

/** A topic that is there, with what may be done to it. */
function allowed<T extends { readonly errorCode?: number }>(topic: T) {
  return topic.errorCode ? topic : { ...topic, topicAuthorizedOperations: EVERYTHING.topic }
}

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
  try {
    checkTopicName(name)
    if (!create) return { name, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
    return describe(cluster.topics.create(name, { partitions: cluster.defaultPartitions, factor: 1 }))
  } catch (error) {
    if (error instanceof RefusedError) return { name, errorCode: error.code }
    throw error
  }
}

function byTopicId(topicId: string, { cluster }: Context) {
  const topic = cluster.topics.byId(topicId)
  return topic ? describe(topic) : { name: null, topicId, errorCode: errorCodes.UNKNOWN_TOPIC_ID }
}

/** Metadata; where one topic is asked for by its id, names do not count; a topic asked for by name is made when the client allows it. */
export const metadataHandler = handler(metadata, (request, context) => {
  const { cluster, version } = context
  const create = request.allowAutoTopicCreation
  const asked = request.topics ?? []
  const byId = asked.some(({ topicId }) => topicId !== ZERO_UUID)
  // Versions 10 and 11 have the fields, but not the meaning.
  if (version < 12 && (byId || asked.some(({ name }) => name === null))) {
    const errorCode = errorCodes.INVALID_REQUEST
    return { topics: asked.map(({ name, topicId }) => ({ name: name ?? '', topicId, errorCode })) }
  }
  // Version 0 has no null: there an empty list asks for all topics.
  const all = request.topics === null || (version === 0 && asked.length === 0)
  const topics = all
    ? [...cluster.topics.all()].map(describe)
    : byId
      ? [...new Set(asked.map(({ topicId }) => topicId))]
          .filter(id => id !== ZERO_UUID)
          .map(id => byTopicId(id, context))
      : [...new Set(asked.map(({ name }) => name))]
          .filter(name => name !== null)
          .map(name => byName(name, create, context))
  const { includeTopicAuthorizedOperations: perTopic, includeClusterAuthorizedOperations: whole } = request
  return {
    ...(whole ? { clusterAuthorizedOperations: EVERYTHING.cluster } : {}),
    brokers: cluster.nodes.up.map(({ id, port }) => ({ nodeId: id, host: HOST, port })),
    clusterId: cluster.clusterId,
    controllerId: cluster.nodes.controller?.id ?? -1,
    topics: perTopic ? topics.map(allowed) : topics,
  }
})

/** Kinds of servers as DescribeCluster numbers them: here are brokers alone. */
const endpointTypes = { broker: 1, controller: 2 } as const

export const describeClusterHandler = handler(describeCluster, (request, { cluster }) => {
  const { endpointType, includeFencedBrokers } = request
  if (endpointType === endpointTypes.controller) {
    const errorMessage =
      'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
    return { errorCode: errorCodes.MISMATCHED_ENDPOINT_TYPE, errorMessage }
  }
  if (endpointType !== endpointTypes.broker) {
    const errorMessage = `Unsupported endpoint type ${endpointType}`
    return { errorCode: errorCodes.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }
  }
  const { all, up, controller } = cluster.nodes
  return {
    ...(request.includeClusterAuthorizedOperations
      ? { clusterAuthorizedOperations: EVERYTHING.cluster }
      : {}),
    clusterId: cluster.clusterId,
    controllerId: controller?.id ?? -1,
    brokers: (includeFencedBrokers ? all : up).map(node => ({
      brokerId: node.id,
      host: HOST,
      port: node.port,
      isFenced: !node.up,
    })),
  }
})
