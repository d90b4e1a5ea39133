import { errorCodes } from '../../protocol/errors.ts'
import { deleteGroups, describeGroups, listGroups } from '../../protocol/messages/groups.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import { checkCoordinator } from './groups.ts'

const NO_METADATA = Buffer.alloc(0)

export const describeGroupsHandler = handler(describeGroups, (request, context) => ({
  groups: distinct(request.groups, groupId => groupId).map(groupId => {
    const { cluster, version } = context
    const elsewhere = checkCoordinator(context, groupId)
    if (elsewhere !== 0) return { groupId, errorCode: elsewhere }
    const group = cluster.groups.get(groupId)
    if (group === undefined) {
      const missing = version >= 6 ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.NONE
      return { groupId, groupState: 'Dead', errorCode: missing }
    }
    const { state, protocol } = group
    const members = [...group.members.values()].map(member => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocol === null ? NO_METADATA : member.metadataFor(protocol),
      memberAssignment: member.assignment,
    }))
    const protocolData = state === 'Stable' ? (protocol ?? '') : ''
    return { groupId, groupState: state, protocolType: group.protocolType ?? '', protocolData, members }
  }),
}))

export const listGroupsHandler = handler(listGroups, (request, { cluster, node }) => {
  const states = new Set(request.statesFilter.map(each => each.toLowerCase()))
  const types = new Set(request.typesFilter.map(each => each.toLowerCase()))
  const groups = []
  for (const { id, state, protocolType } of cluster.groups.all()) {
    if (cluster.nodes.coordinatorOf(id) !== node) continue
    if (states.size > 0 && !states.has(state.toLowerCase())) continue
    if (types.size > 0 && !types.has('classic')) continue
    groups.push({ groupId: id, protocolType: protocolType ?? '', groupState: state, groupType: 'classic' })
  }
  return { groups }
})

export const deleteGroupsHandler = handler(deleteGroups, (request, context) => ({
  results: request.groupsNames.map(groupId => {
    const errorCode = checkCoordinator(context, groupId) || context.cluster.groups.delete(groupId)
    return { groupId, errorCode }
  }),
}))
