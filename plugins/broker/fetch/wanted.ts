import { errorCodes } from '../../protocol/errors.ts'
import type { fetch } from '../../protocol/messages/fetch.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import type { Partition } from '../log/partition.ts'
import type { Topic } from '../topics.ts'

export type FetchRequest = Decoded<typeof fetch.request>

/** One partition that a client fetches from, as it asked; a session keeps it from request to request. */
export interface Wanted {
  /** The topic's name, '' when it is asked for by id; `topicId` the other way round. */
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  leaderEpoch: number
  offset: number
  maxBytes: number
  /** Epoch of the record before `offset`, −1 for a client that does not say. */
  lastFetchedEpoch: number
  /** The topic that the id was of when it was first known: once known, an id is not looked up again. */
  known: Topic | undefined
}

/** Tells partitions apart: of two with the same key the later one counts. */
export function keyOf(topic: string, topicId: string, partition: number): string {
  return `${topicId}${topic} ${partition}`
}

/** What the request asks for, each partition once. */
export function wantedOf(request: FetchRequest): Map<string, Wanted> {
  const all = new Map<string, Wanted>()
  for (const { topic, topicId, partitions } of request.topics) {
    for (const asked of partitions) {
      all.set(keyOf(topic, topicId, asked.partition), {
        topic,
        topicId,
        partition: asked.partition,
        leaderEpoch: asked.currentLeaderEpoch,
        offset: Number(asked.fetchOffset),
        maxBytes: asked.partitionMaxBytes,
        lastFetchedEpoch: asked.lastFetchedEpoch,
        known: undefined,
      })
    }
  }
  return all
}

/** The partition, or the error code of why there is none. */
export function locate(wanted: Wanted, cluster: Cluster, byId: boolean): Partition | number {
  if (byId) wanted.known ??= cluster.topics.byId(wanted.topicId)
  const name = byId ? wanted.known?.name : wanted.topic
  if (name === undefined) return errorCodes.UNKNOWN_TOPIC_ID
  const topic = cluster.topics.get(name)
  const partition = topic?.partitions[wanted.partition]
  if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  return byId && topic !== wanted.known ? errorCodes.INCONSISTENT_TOPIC_ID : partition
}
