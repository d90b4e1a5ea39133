import { errorCodes } from '../../protocol/errors.ts'
import {
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  syncGroup,
} from '../../protocol/messages/groups.ts'
import { HOST, NODE_ID } from '../broker.ts'
import { handler } from '../handler.ts'

const GROUP_KEY = 0

/** This node coordinates every group; there is no coordinator for transactions. */
export const findCoordinatorHandler = handler(findCoordinator, (request, { broker, version }) => {
  const here =
    request.keyType === GROUP_KEY
      ? { nodeId: NODE_ID, host: HOST, port: broker.port }
      : { nodeId: -1, host: '', port: -1, errorCode: errorCodes.INVALID_REQUEST }
  if (version < 4) return here
  return { coordinators: request.coordinatorKeys.map(key => ({ key, ...here })) }
})

export const joinGroupHandler = handler(joinGroup, async (request, context) => {
  // The metadata outlives the frame that it is a view of.
  const protocols = request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
  const result = await context.broker.groups.join({
    ...request,
    protocols,
    rebalanceTimeoutMs: context.version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    clientId: context.clientId,
    clientHost: context.clientHost,
    memberIdRequired: context.version >= 4,
  })
  const protocolName = result.protocolName ?? (context.version < 7 ? '' : null)
  return { ...result, protocolName }
})

export const syncGroupHandler = handler(syncGroup, (request, { broker }) => {
  const assignments = new Map<string, Buffer>()
  for (const { memberId, assignment } of request.assignments)
    assignments.set(memberId, Buffer.from(assignment))
  return broker.groups.sync({ ...request, assignments })
})

export const heartbeatHandler = handler(heartbeat, (request, { broker }) => ({
  errorCode: broker.groups.heartbeat(request.groupId, request),
}))

export const leaveGroupHandler = handler(leaveGroup, (request, { broker, version }) => {
  const { groupId } = request
  if (version < 3) return { errorCode: broker.groups.leave(groupId, request.memberId, null) }
  const members = request.members.map(({ memberId, groupInstanceId }) => {
    const errorCode = broker.groups.leave(groupId, memberId, groupInstanceId)
    return { memberId, groupInstanceId, errorCode }
  })
  return { members }
})
