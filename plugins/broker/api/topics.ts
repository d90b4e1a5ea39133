import { errorCodes } from '../../protocol/errors.ts'
import { createPartitions, createTopics, deleteTopics } from '../../protocol/messages/topics.ts'
import type { Decoded } from '../../protocol/schema.ts'
import { type Broker, NODE_ID } from '../broker.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import type { Topic } from '../topics.ts'
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

/** Number of partitions asked for, with every replica on the one node there is. */
function partitionsOf({ numPartitions, replicationFactor, assignments }: NewTopic, broker: Broker): number {
  if (assignments.length > 0) {
    const indexes = new Set(assignments.map(each => each.partitionIndex))
    const dense = assignments.every((_, index) => indexes.has(index))
    const here = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === NODE_ID)
    if (dense && here) return assignments.length
    throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, `the only broker is ${NODE_ID}`)
  }
  if (replicationFactor !== 1 && replicationFactor !== -1) {
    const message = `Replication factor ${replicationFactor} on a cluster of 1 broker.`
    throw new RefusedError(errorCodes.INVALID_REPLICATION_FACTOR, message)
  }
  return numPartitions === -1 ? broker.defaultPartitions : numPartitions
}

export const createTopicsHandler = handler(createTopics, (request, { broker }) => {
  const named = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of request.topics) (named.has(name) ? twice : named).add(name)
  const topics = request.topics.map(asked =>
    attempt({ name: asked.name }, () => {
      if (twice.has(asked.name)) {
        throw new RefusedError(errorCodes.INVALID_REQUEST, `"${asked.name}" is in the request twice`)
      }
      const partitions = partitionsOf(asked, broker)
      const topic = broker.topics.create(asked.name, partitions, asked.configs, request.validateOnly)
      const configs = topicConfigs(topic).map(({ name, value, configSource }) => ({
        name,
        value,
        configSource,
      }))
      return { topicId: topic.id, numPartitions: partitions, replicationFactor: 1, configs }
    }),
  )
  return { topics }
})

export const deleteTopicsHandler = handler(deleteTopics, (request, { broker, version }) => {
  const remove = (topic: Topic | undefined, missing: number) => {
    if (topic === undefined) return { errorCode: missing }
    broker.topics.delete(topic)
    broker.groups.topicDeleted(topic.name)
    return { topicId: topic.id, name: topic.name }
  }
  const { UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID } = errorCodes
  const asked = version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: '' }))
  const responses = asked.map(({ name, topicId }) =>
    name === null
      ? { topicId, name, ...remove(broker.topics.byId(topicId), UNKNOWN_TOPIC_ID) }
      : { name, ...remove(broker.topics.get(name), UNKNOWN_TOPIC_OR_PARTITION) },
  )
  return { responses }
})

export const createPartitionsHandler = handler(createPartitions, (request, { broker }) => ({
  results: request.topics.map(({ name, count }) =>
    attempt({ name }, () => {
      const topic = broker.topics.get(name)
      if (topic === undefined) throw new RefusedError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 'no such topic')
      broker.topics.grow(topic, count, request.validateOnly)
      return undefined
    }),
  ),
}))
