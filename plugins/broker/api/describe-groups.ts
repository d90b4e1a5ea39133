import { errorCodes } from '../../protocol/errors.ts'
import { deleteGroups, describeGroups, listGroups } from '../../protocol/messages/groups.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import { checkCoordinator } from './groups.ts'

const NO_METADATA = Buffer.alloc(0)
/** All that can be done with a group, as bits of Kafka's operations: nobody is kept from anything here. */
const ALL_GROUP_OPERATIONS = 3400

export const describeGroupsHandler = handler(describeGroups, (request, context) => ({
  groups: request.groups.map(groupId => {
    const { cluster, version } = context
    const authorizedOperations = request.includeAuthorizedOperations ? ALL_GROUP_OPERATIONS : undefined
    const elsewhere = checkCoordinator(context, groupId)
    if (elsewhere !== 0) return { groupId, errorCode: elsewhere }
    const group = cluster.groups.get(groupId)
    if (group === undefined || group.epochMembers !== undefined) {
      const dead = { groupId, groupState: 'Dead' }
      if (version < 6) return { ...dead, authorizedOperations }
      return {
        ...dead,
        errorCode: errorCodes.GROUP_ID_NOT_FOUND,
        errorMessage: `Group ${groupId} ${group === undefined ? 'not found' : 'is not a classic group'}.`,
      }
    }
    const { state, protocol } = group
    const members = [...group.members.values()].map(member => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      // As Java writes an address without a name.
      clientHost: `/${member.clientHost}`,
      memberMetadata: state === 'Stable' && protocol !== null ? member.metadataFor(protocol) : NO_METADATA,
      memberAssignment: member.assignment,
    }))
    const protocolData = state === 'Stable' ? (protocol ?? '') : ''
    const protocolType = group.protocolType ?? ''
    return { groupId, groupState: state, protocolType, protocolData, members, authorizedOperations }
  }),
}))

export const listGroupsHandler = handler(listGroups, (request, { cluster, node }) => {
  const states = new Set(request.statesFilter.map(each => each.toLowerCase()))
  const types = new Set(request.typesFilter.map(each => each.toLowerCase()))
  const groups = []
  for (const { id, epochMembers, protocolType, state } of cluster.groups.all()) {
    if (cluster.nodes.coordinatorOf(id) !== node) continue
    const groupState = epochMembers?.state ?? state
    const groupType = epochMembers === undefined ? 'classic' : 'consumer'
    if (states.size > 0 && !states.has(groupState.toLowerCase())) continue
    if (types.size > 0 && !types.has(groupType)) continue
    groups.push({ groupId: id, protocolType: protocolType ?? '', groupState, groupType })
  }
  return { groups }
})

export const deleteGroupsHandler = handler(deleteGroups, (request, context) => ({
  results: distinct(request.groupsNames, groupId => groupId).map(groupId => {
    const errorCode = checkCoordinator(context, groupId) || context.cluster.groups.delete(groupId)
    return { groupId, errorCode }
  }),
}))
