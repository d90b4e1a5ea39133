import { errorCodes } from '../../protocol/errors.ts'
import { txnOffsetCommit } from '../../protocol/messages/transactions.ts'
import type { Decoded } from '../../protocol/schema.ts'
import { type Context, handler } from '../handler.ts'
import { admissionError } from './admission.ts'
import { checkCoordinator } from './groups.ts'
import { MAX_METADATA_BYTES } from './offsets.ts'

/** The first version that adds the group to the transaction. */
const ADDS_GROUP = 5
/** The first one whose client knows TRANSACTION_ABORTABLE. */
const KNOWS_ABORTABLE = 4

/** Whether the transaction may commit offsets for the group, and the group takes them from this member: an error code. */
function refusalOf(request: Decoded<typeof txnOffsetCommit.request>, context: Context): number {
  const { groupId, transactionalId } = request
  const { groups, transactions } = context.cluster
  if (groupId === '') return errorCodes.INVALID_GROUP_ID
  const elsewhere = checkCoordinator(context, groupId)
  if (elsewhere !== 0) return elsewhere
  const joined =
    context.version >= ADDS_GROUP
      ? transactions.add(transactionalId, request, { groups: [groupId] })
      : transactions.verify(transactionalId, request, groupId)
  return admissionError(joined, context.version >= KNOWS_ABORTABLE) || groups.mayCommit(groupId, request)
}

/** Offsets that count once the transaction is committed. */
export const txnOffsetCommitHandler = handler(txnOffsetCommit, (request, context) => {
  const { groups, topics } = context.cluster
  const { groupId, producerId } = request
  let refused: number | undefined
  const results = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(each => {
      const { partitionIndex } = each
      if (topics.get(name)?.partitions[partitionIndex] === undefined) {
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      refused ??= refusalOf(request, context)
      if (refused !== 0) return { partitionIndex, errorCode: refused }
      const metadata = each.committedMetadata ?? ''
      if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES) {
        return { partitionIndex, errorCode: errorCodes.OFFSET_METADATA_TOO_LARGE }
      }
      const committed = { offset: each.committedOffset, leaderEpoch: each.committedLeaderEpoch, metadata }
      const errorCode = groups.commit(groupId, name, partitionIndex, committed, producerId)
      return { partitionIndex, errorCode }
    }),
  }))
  return { topics: results }
})
