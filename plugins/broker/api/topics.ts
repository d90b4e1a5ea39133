import { errorCodes } from '../../protocol/errors.ts'
import { createPartitions, createTopics, deleteTopics } from '../../protocol/messages/topics.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import type { Placement, Topic } from '../topics.ts'
import { topicConfigs } from './configs.ts'

type NewTopic = Decoded<typeof createTopics.request>['topics'][number]

/** Runs one part of a request; what is refused becomes that part's error code and message. */
function attempt<T extends object>(part: T, run: () => object | undefined) {
  try {
    return { ...part, ...run() }
  } catch (error) {
    if (error instanceof RefusedError) return { ...part, errorCode: error.code, errorMessage: error.message }
    throw error
  }
}

/** Partitions and replicas asked for; −1 is the broker's default. */
function placementOf(
  { numPartitions, replicationFactor, assignments }: NewTopic,
  cluster: Cluster,
): Placement {
  if (assignments.length > 0) {
    const byIndex = new Map(assignments.map(each => [each.partitionIndex, each.brokerIds]))
    const replicas = assignments.map((_, index) => byIndex.get(index))
    if (replicas.every(each => each !== undefined)) return replicas
    const message = 'partitions are to be numbered from 0 on, each once'
    throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
  }
  const partitions = numPartitions === -1 ? cluster.defaultPartitions : numPartitions
  return { partitions, factor: replicationFactor === -1 ? 1 : replicationFactor }
}

export const createTopicsHandler = handler(createTopics, (request, { cluster }) => {
  const named = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of request.topics) (named.has(name) ? twice : named).add(name)
  const topics = request.topics.map(asked =>
    attempt({ name: asked.name }, () => {
      if (twice.has(asked.name)) {
        throw new RefusedError(errorCodes.INVALID_REQUEST, `"${asked.name}" is in the request twice`)
      }
      const placement = placementOf(asked, cluster)
      const topic = cluster.topics.create(asked.name, placement, asked.configs, request.validateOnly)
      const configs = topicConfigs(topic).map(({ name, value, configSource }) => ({
        name,
        value,
        configSource,
      }))
      const { length: numPartitions, 0: first } = topic.partitions
      const replicationFactor = first!.leadership.replicas.length
      return { topicId: topic.id, numPartitions, replicationFactor, configs }
    }),
  )
  return { topics }
})

export const deleteTopicsHandler = handler(deleteTopics, (request, { cluster, version }) => {
  const remove = (topic: Topic | undefined, missing: number) => {
    if (topic === undefined) return { errorCode: missing }
    cluster.topics.delete(topic)
    cluster.groups.topicDeleted(topic.name)
    return { topicId: topic.id, name: topic.name }
  }
  const { UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID } = errorCodes
  const asked = version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: '' }))
  const responses = asked.map(({ name, topicId }) =>
    name === null
      ? { topicId, name, ...remove(cluster.topics.byId(topicId), UNKNOWN_TOPIC_ID) }
      : { name, ...remove(cluster.topics.get(name), UNKNOWN_TOPIC_OR_PARTITION) },
  )
  return { responses }
})

export const createPartitionsHandler = handler(createPartitions, (request, { cluster }) => ({
  results: request.topics.map(({ name, count, assignments }) =>
    attempt({ name }, () => {
      const topic = cluster.topics.get(name)
      if (topic === undefined) throw new RefusedError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 'no such topic')
      const replicas = assignments?.map(each => each.brokerIds)
      cluster.topics.grow(topic, count, replicas, request.validateOnly)
      return undefined
    }),
  ),
}))
