import { errorCodes } from '../../protocol/errors.ts'
import { createPartitions, createTopics, deleteTopics } from '../../protocol/messages/topics.ts'
import { ZERO_UUID } from '../../protocol/scalar.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import type { Placement } from '../topics.ts'
import { topicConfigs } from './configs.ts'

type NewTopic = Decoded<typeof createTopics.request>['topics'][number]

/** Runs one part of a request; what is refused becomes that part's error code and message. */
function attempt<T extends object>(part: T, run: () => object | undefined) {
  try {
    return { ...part, ...run() }
  } catch (error) {
    if (error instanceof RefusedError) {
      return { ...part, errorCode: error.code, errorMessage: error.message, configs: [] }
    }
    throw error
  }
}

function assigned(assignments: NewTopic['assignments']): Placement {
  const refuse = (message: string) => new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
  const byIndex = new Map<number, readonly number[]>()
  for (const { partitionIndex, brokerIds } of assignments) {
    if (byIndex.has(partitionIndex)) {
      throw refuse(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    }
    byIndex.set(partitionIndex, brokerIds)
  }
  const replicas = assignments.map((_, index) => byIndex.get(index))
  if (replicas.every(each => each !== undefined)) return replicas
  throw refuse('partitions should be a consecutive 0-based integer sequence')
}

/** Partitions and replicas asked for; −1 is the broker's default. */
function placementOf(
  { numPartitions, replicationFactor, assignments }: NewTopic,
  cluster: Cluster,
): Placement {
  if (assignments.length > 0) {
    for (const [what, given] of [
      ['replication factor', replicationFactor],
      ['numPartitions', numPartitions],
    ] as const) {
      if (given === -1) continue
      const message = `A manual partition assignment was specified, but ${what} was not set to -1.`
      throw new RefusedError(errorCodes.INVALID_REQUEST, message)
    }
    return assigned(assignments)
  }
  const partitions = numPartitions === -1 ? cluster.defaultPartitions : numPartitions
  return { partitions, factor: replicationFactor === -1 ? 1 : replicationFactor }
}

/** Refuses what is in the request twice, and answers it once. */
function twiceIn(names: readonly string[]): Set<string> {
  const once = new Set<string>()
  const twice = new Set<string>()
  for (const name of names) (once.has(name) ? twice : once).add(name)
  return twice
}

const duplicateName = () => new RefusedError(errorCodes.INVALID_REQUEST, 'Duplicate topic name.')

export const createTopicsHandler = handler(createTopics, (request, { cluster }) => {
  const twice = twiceIn(request.topics.map(({ name }) => name))
  const topics = distinct(request.topics, ({ name }) => name).map(asked =>
    attempt({ name: asked.name }, () => {
      if (twice.has(asked.name)) throw duplicateName()
      const nulls = asked.configs.filter(({ value }) => value === null).map(({ name }) => name.slice(0, 300))
      if (nulls.length > 0) {
        const message = `Null value not supported for topic configs: ${nulls.join(',')}`
        throw new RefusedError(errorCodes.INVALID_CONFIG, message)
      }
      const placement = placementOf(asked, cluster)
      const topic = cluster.topics.create(asked.name, placement, asked.configs, request.validateOnly)
      const configs = topicConfigs(topic).map(({ name, value, configSource }) => ({
        name,
        value,
        configSource,
      }))
      const given = 'factor' in placement
      const numPartitions = given ? placement.partitions : placement.length
      const replicationFactor = given ? placement.factor : placement[0]!.length
      return { topicId: topic.id, numPartitions, replicationFactor, configs }
    }),
  )
  return { topics }
})

const unknownId = {
  errorCode: errorCodes.UNKNOWN_TOPIC_ID,
  errorMessage: 'This server does not host this topic ID.',
}
const unknownName = {
  errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorMessage: 'This server does not host this topic-partition.',
}

export const deleteTopicsHandler = handler(deleteTopics, (request, { cluster, version }) => {
  const asked = version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: ZERO_UUID }))
  const twice = twiceIn(asked.map(({ name, topicId }) => name ?? topicId))
  const invalid = (errorMessage: string) => ({ errorCode: errorCodes.INVALID_REQUEST, errorMessage })
  const remove = (name: string | null, topicId: string) => {
    const byName = topicId === ZERO_UUID
    if (name === null && byName) return invalid('Neither topic name nor id were specified.')
    if (name !== null && !byName) return invalid('You may not specify both topic name and topic id.')
    if (twice.has(name ?? topicId))
      return invalid(name === null ? 'Duplicate topic id.' : 'Duplicate topic name.')
    const topic = name === null ? cluster.topics.byId(topicId) : cluster.topics.get(name)
    if (topic === undefined) return name === null ? unknownId : unknownName
    cluster.topics.delete(topic)
    cluster.groups.topicDeleted(topic.name)
    return { topicId: topic.id, name: topic.name }
  }
  const responses = distinct(asked, ({ name, topicId }) => `${topicId}${name ?? ''}`).map(
    ({ name, topicId }) => ({ name, topicId, ...remove(name, topicId) }),
  )
  return { responses }
})

export const createPartitionsHandler = handler(createPartitions, (request, { cluster }) => {
  const twice = twiceIn(request.topics.map(({ name }) => name))
  const results = distinct(request.topics, ({ name }) => name).map(({ name, count, assignments }) =>
    attempt({ name }, () => {
      if (twice.has(name)) throw duplicateName()
      const topic = cluster.topics.get(name)
      if (topic === undefined) throw new RefusedError(unknownName.errorCode, unknownName.errorMessage)
      const replicas = assignments?.map(each => each.brokerIds)
      cluster.topics.grow(topic, count, replicas, request.validateOnly)
      return undefined
    }),
  )
  return { results }
})
