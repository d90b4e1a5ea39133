import { errorCodes } from '../../protocol/errors.ts'
import { offsetCommit, offsetFetch } from '../../protocol/messages/offsets.ts'
import type { Broker } from '../broker.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'

/** Longest metadata of a committed offset, in bytes: Kafka's `offset.metadata.max.bytes`. */
const MAX_METADATA_BYTES = 4096

export const offsetCommitHandler = handler(offsetCommit, (request, { broker }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const refused = broker.groups.mayCommit(groupId, { memberId, groupInstanceId, generationId })
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(each => {
      const { partitionIndex } = each
      const metadata = each.committedMetadata ?? ''
      if (refused !== 0) return { partitionIndex, errorCode: refused }
      if (broker.topics.get(name)?.partitions[partitionIndex] === undefined) {
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES) {
        return { partitionIndex, errorCode: errorCodes.OFFSET_METADATA_TOO_LARGE }
      }
      const committed = { offset: each.committedOffset, leaderEpoch: each.committedLeaderEpoch, metadata }
      return { partitionIndex, errorCode: broker.groups.commit(groupId, name, partitionIndex, committed) }
    }),
  }))
  return { topics }
})

interface Asked {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

/** What the group has committed; `null` asks for everything. */
function committed(broker: Broker, groupId: string, asked: readonly Asked[] | null) {
  const offsets = broker.groups.get(groupId)?.offsets
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

export const offsetFetchHandler = handler(offsetFetch, (request, { broker, version }) => {
  if (version < 8) return { topics: committed(broker, request.groupId, request.topics) }
  const groups = distinct(request.groups, ({ groupId }) => groupId).map(({ groupId, topics }) => {
    return { groupId, topics: committed(broker, groupId, topics) }
  })
  return { groups }
})
