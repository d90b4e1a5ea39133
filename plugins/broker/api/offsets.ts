import { errorCodes } from '../../protocol/errors.ts'
import { offsetCommit, offsetDelete, offsetFetch } from '../../protocol/messages/offsets.ts'
import type { Cluster } from '../cluster.ts'
import { handler } from '../handler.ts'
import { checkCoordinator } from './groups.ts'

/** Longest metadata of a committed offset, in bytes: Kafka's `offset.metadata.max.bytes`. */
export const MAX_METADATA_BYTES = 4096

export const offsetCommitHandler = handler(offsetCommit, (request, context) => {
  const { cluster, version } = context
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const caller = { memberId, groupInstanceId, generationId }
  const refused = checkCoordinator(context, groupId) || cluster.groups.mayCommit(groupId, caller, version)
  const asked = request.topics.filter(({ partitions }) => partitions.length > 0)
  const topics = asked.map(({ name, partitions }) => ({
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

/**
 * What the group has committed; `null` asks for everything.
 * @param stable whether to refuse an offset that a transaction is about to change.
 */
function committed(cluster: Cluster, groupId: string, asked: readonly Asked[] | null, stable: boolean) {
  const offsets = cluster.groups.get(groupId)?.offsets
  const wanted =
    asked ?? [...(offsets?.topics() ?? [])].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
  return wanted.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(partitionIndex => {
      const unstable = stable && offsets?.isPending(name, partitionIndex) === true
      const found = unstable ? undefined : offsets?.get(name, partitionIndex)
      return {
        partitionIndex,
        errorCode: unstable ? errorCodes.UNSTABLE_OFFSET_COMMIT : errorCodes.NONE,
        committedOffset: found?.offset ?? -1,
        committedLeaderEpoch: found?.leaderEpoch ?? -1,
        metadata: found?.metadata ?? '',
      }
    }),
  }))
}

export const offsetFetchHandler = handler(offsetFetch, (request, context) => {
  const { cluster, version } = context
  const { requireStable } = request
  if (version < 8) {
    const { groupId, topics } = request
    const errorCode = checkCoordinator(context, groupId)
    return errorCode === 0 ? { topics: committed(cluster, groupId, topics, requireStable) } : { errorCode }
  }
  const groups = request.groups.map(({ groupId, topics, memberId, memberEpoch }) => {
    const errorCode =
      checkCoordinator(context, groupId) || cluster.groups.mayFetch(groupId, memberId, memberEpoch)
    if (errorCode !== 0) return { groupId, errorCode }
    return { groupId, topics: committed(cluster, groupId, topics, requireStable) }
  })
  return { groups }
})

export const offsetDeleteHandler = handler(offsetDelete, (request, context) => {
  const { cluster } = context
  const { groupId } = request
  const errorCode = checkCoordinator(context, groupId) || cluster.groups.mayDeleteOffsets(groupId)
  if (errorCode !== 0) return { errorCode }
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      if (cluster.topics.get(name)?.partitions[partitionIndex] === undefined) {
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      return { partitionIndex, errorCode: cluster.groups.deleteOffset(groupId, name, partitionIndex) }
    }),
  }))
  return { topics }
})
