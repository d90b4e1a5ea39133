import { errorCodes } from '../../protocol/errors.ts'
import {
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  syncGroup,
} from '../../protocol/messages/groups.ts'
import type { Cluster } from '../cluster.ts'
import { type Context, handler } from '../handler.ts'
import { HOST } from '../nodes.ts'

/** What a coordinator is asked for: a group or a transactional id. The same map says where either is. */
const KEY_TYPES: readonly number[] = [0, 1]

function coordinator(cluster: Cluster, keyType: number, key: string) {
  const nowhere = { nodeId: -1, host: '', port: -1 }
  if (!KEY_TYPES.includes(keyType)) {
    const errorMessage = `nothing of type ${keyType} has a coordinator`
    return { ...nowhere, errorCode: errorCodes.INVALID_REQUEST, errorMessage }
  }
  const node = cluster.nodes.coordinatorOf(key)
  if (node === undefined) return { ...nowhere, errorCode: errorCodes.COORDINATOR_NOT_AVAILABLE }
  return { nodeId: node.id, host: HOST, port: node.port }
}

export const findCoordinatorHandler = handler(findCoordinator, (request, { cluster, version }) => {
  const { keyType, key } = request
  if (version < 4) return coordinator(cluster, keyType, key)
  return {
    coordinators: request.coordinatorKeys.map(each => ({
      key: each,
      ...coordinator(cluster, keyType, each),
    })),
  }
})

/** NONE when the broker that was asked coordinates the group. */
export function checkCoordinator({ cluster, node }: Context, key: string): number {
  return cluster.nodes.coordinatorOf(key) === node ? errorCodes.NONE : errorCodes.NOT_COORDINATOR
}

export const joinGroupHandler = handler(joinGroup, async (request, context) => {
  const elsewhere = checkCoordinator(context, request.groupId)
  if (elsewhere !== 0) return { errorCode: elsewhere, memberId: request.memberId }
  // The metadata outlives the frame that it is a view of.
  const protocols = request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
  const result = await context.cluster.groups.join({
    ...request,
    protocols,
    rebalanceTimeoutMs: context.version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    clientId: context.clientId,
    clientHost: context.clientHost,
    memberIdRequired: context.version >= 4,
    skipsAssignment: context.version >= 9,
  })
  const protocolName = result.protocolName ?? (context.version < 7 ? '' : null)
  return { ...result, protocolName }
})

export const syncGroupHandler = handler(syncGroup, (request, context) => {
  const elsewhere = checkCoordinator(context, request.groupId)
  if (elsewhere !== 0) return { errorCode: elsewhere }
  const assignments = new Map<string, Buffer>()
  for (const { memberId, assignment } of request.assignments)
    assignments.set(memberId, Buffer.from(assignment))
  return context.cluster.groups.sync({ ...request, assignments })
})

export const heartbeatHandler = handler(heartbeat, (request, context) => ({
  errorCode:
    checkCoordinator(context, request.groupId) || context.cluster.groups.heartbeat(request.groupId, request),
}))

export const leaveGroupHandler = handler(leaveGroup, (request, context) => {
  const { groupId } = request
  const { cluster, version } = context
  const refused = groupId === '' ? errorCodes.INVALID_GROUP_ID : checkCoordinator(context, groupId)
  if (refused !== 0) return { errorCode: refused }
  if (version < 3) return { errorCode: cluster.groups.leave(groupId, request.memberId, null) }
  const members = request.members.map(({ memberId, groupInstanceId }) => {
    const errorCode = cluster.groups.leave(groupId, memberId, groupInstanceId)
    return { memberId, groupInstanceId, errorCode }
  })
  return { members }
})
