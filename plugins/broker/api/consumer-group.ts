import { errorCodes } from '../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/groups.ts'
import type { Decoded } from '../../protocol/schema.ts'
import { serverAssignors } from '../group/server-assignors.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import { checkCoordinator } from './groups.ts'

type Request = Decoded<typeof consumerGroupHeartbeat.request>

/** The first version whose members give themselves an id. */
const OWN_ID = 1
const LEAVES_FOR_A_WHILE = -2

/** @throws RefusedError for what no group needs to be asked about. */
function check(request: Request, version: number): void {
  const refuse = (what: string) => {
    throw new RefusedError(errorCodes.INVALID_REQUEST, what)
  }
  const { memberEpoch, memberId, instanceId, serverAssignor } = request
  if (memberId === '' && (version >= OWN_ID || memberEpoch !== 0)) refuse("MemberId can't be empty.")
  if (request.groupId === '') refuse("GroupId can't be empty.")
  if (instanceId === '') refuse("InstanceId can't be empty.")
  if (request.rackId === '') refuse("RackId can't be empty.")
  if (memberEpoch === 0) {
    if (request.rebalanceTimeoutMs === -1) refuse('RebalanceTimeoutMs must be provided in first request.')
    if (request.topicPartitions?.length !== 0) refuse('TopicPartitions must be empty when (re-)joining.')
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null)
      refuse('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
  } else if (memberEpoch === LEAVES_FOR_A_WHILE && instanceId === null) refuse("InstanceId can't be null.")
  else if (memberEpoch < LEAVES_FOR_A_WHILE) refuse('MemberEpoch is invalid.')
  if (request.subscribedTopicRegex !== null) refuse('SubscribedTopicRegex is not supported by this broker.')
  if (serverAssignor === null || serverAssignors.has(serverAssignor)) return
  const all = [...serverAssignors.keys()].join(', ')
  throw new RefusedError(
    errorCodes.UNSUPPORTED_ASSIGNOR,
    `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${all}.`,
  )
}

export const consumerGroupHeartbeatHandler = handler(consumerGroupHeartbeat, (request, context) => {
  const { cluster, clientId, clientHost } = context
  try {
    check(request, context.version)
    const errorCode = checkCoordinator(context, request.groupId)
    if (errorCode !== 0) return { errorCode }
    return cluster.groups.epochHeartbeat(request.groupId, { ...request, clientId, clientHost }, name => {
      const topic = cluster.topics.get(name)
      return topic && { id: topic.id, partitions: topic.partitions.length }
    })
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { errorCode: error.code, errorMessage: error.message }
  }
})
