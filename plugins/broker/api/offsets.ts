import { errorCodes } from '../../protocol/errors.ts'
import { offsetCommit, offsetFetch } from '../../protocol/messages/offsets.ts'
import type { Cluster } from '../cluster.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import { checkCoordinator } from './groups.ts'

/** Longest metadata of a committed offset, in bytes: Kafka's `offset.metadata.max.bytes`. */
const MAX_METADATA_BYTES = 4096

export const offsetCommitHandler = handler(offsetCommit, (request, context) => {
  const { cluster } = context
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const caller = { memberId, groupInstanceId, generationId }
  const refused = checkCoordinator(context, groupId) || cluster.groups.mayCommit(groupId, caller)
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(each => {
      const { partitionIndex } = each
      const metadata = each.committedMetadata ?? ''
      if (refused !== 0) return { partitionIndex, errorCode: refused }
      if (cluster.topics.get(name)?.partitions[partitionIndex] === undefined) {
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES) {
        return { partitionIndex, errorCode: errorCodes.OFFSET_METADATA_TOO_LARGE }
      }
      const committed = { offset: each.committedOffset, leaderEpoch: each.committedLeaderEpoch, metadata }
      return { partitionIndex, errorCode: cluster.groups.commit(groupId, name, partitionIndex, committed) }
    }),
  }))
  return { topics }
})

interface Asked {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

/** What the group has committed; `null` asks for everything. */
function committed(cluster: Cluster, groupId: string, asked: readonly Asked[] | null) {
  const offsets = cluster.groups.get(groupId)?.offsets
  const wanted =
    asked ?? [...(offsets?.topics() ?? [])].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
  return wanted.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(partitionIndex => {
      const found = offsets?.get(name, partitionIndex)
      return {
        partitionIndex,
        committedOffset: found?.offset ?? -1,
        committedLeaderEpoch: found?.leaderEpoch ?? -1,
        metadata: found?.metadata ?? '',
      }
    }),
  }))
}

export const offsetFetchHandler = handler(offsetFetch, (request, context) => {
  const { cluster, version } = context
  if (version < 8) {
    const errorCode = checkCoordinator(context, request.groupId)
    return errorCode === 0 ? { topics: committed(cluster, request.groupId, request.topics) } : { errorCode }
  }
  const groups = distinct(request.groups, ({ groupId }) => groupId).map(({ groupId, topics }) => {
    const errorCode = checkCoordinator(context, groupId)
    return errorCode === 0 ? { groupId, topics: committed(cluster, groupId, topics) } : { groupId, errorCode }
  })
  return { groups }
})
