import { api, list, struct } from '../schema.ts'

export const findCoordinator = api({
  name: 'FindCoordinator',
  key: 10,
  min: 0,
  max: 4,
  flexible: 3,
  request: { key: 'string 0-3', keyType: 'int8 1+', coordinatorKeys: '[]string 4+' },
  response: {
    throttleTimeMs: 'int32 1+',
    errorCode: 'int16 0-3',
    errorMessage: 'string 1-3 null:1-3',
    nodeId: 'int32 0-3',
    host: 'string 0-3',
    port: 'int32 0-3',
    coordinators: list('4+', {
      key: 'string 4+',
      nodeId: 'int32 4+',
      host: 'string 4+',
      port: 'int32 4+',
      errorCode: 'int16 4+',
      errorMessage: 'string 4+ null:4+',
    }),
  },
})

export const joinGroup = api({
  name: 'JoinGroup',
  key: 11,
  min: 0,
  max: 9,
  flexible: 6,
  request: {
    groupId: 'string 0+',
    sessionTimeoutMs: 'int32 0+',
    rebalanceTimeoutMs: 'int32 1+ =-1',
    memberId: 'string 0+',
    groupInstanceId: 'string 5+ null:5+ =null',
    protocolType: 'string 0+',
    protocols: list('0+', { name: 'string 0+', metadata: 'bytes 0+' }),
    reason: 'string 8+ null:8+ =null',
  },
  response: {
    throttleTimeMs: 'int32 2+',
    errorCode: 'int16 0+',
    generationId: 'int32 0+ =-1',
    protocolType: 'string 7+ null:7+ =null',
    protocolName: 'string 0+ null:7+',
    leader: 'string 0+',
    skipAssignment: 'bool 9+',
    memberId: 'string 0+',
    members: list('0+', {
      memberId: 'string 0+',
      groupInstanceId: 'string 5+ null:5+ =null',
      metadata: 'bytes 0+',
    }),
  },
})

export const syncGroup = api({
  name: 'SyncGroup',
  key: 14,
  min: 0,
  max: 5,
  flexible: 4,
  request: {
    groupId: 'string 0+',
    generationId: 'int32 0+',
    memberId: 'string 0+',
    groupInstanceId: 'string 3+ null:3+ =null',
    protocolType: 'string 5+ null:5+ =null',
    protocolName: 'string 5+ null:5+ =null',
    assignments: list('0+', { memberId: 'string 0+', assignment: 'bytes 0+' }),
  },
  response: {
    throttleTimeMs: 'int32 1+',
    errorCode: 'int16 0+',
    protocolType: 'string 5+ null:5+ =null',
    protocolName: 'string 5+ null:5+ =null',
    assignment: 'bytes 0+',
  },
})

export const heartbeat = api({
  name: 'Heartbeat',
  key: 12,
  min: 0,
  max: 4,
  flexible: 4,
  request: {
    groupId: 'string 0+',
    generationId: 'int32 0+',
    memberId: 'string 0+',
    groupInstanceId: 'string 3+ null:3+ =null',
  },
  response: { throttleTimeMs: 'int32 1+', errorCode: 'int16 0+' },
})

export const leaveGroup = api({
  name: 'LeaveGroup',
  key: 13,
  min: 0,
  max: 5,
  flexible: 4,
  request: {
    groupId: 'string 0+',
    memberId: 'string 0-2',
    members: list('3+', {
      memberId: 'string 3+',
      groupInstanceId: 'string 3+ null:3+ =null',
      reason: 'string 5+ null:5+ =null',
    }),
  },
  response: {
    throttleTimeMs: 'int32 1+',
    errorCode: 'int16 0+',
    members: list('3+', {
      memberId: 'string 3+',
      groupInstanceId: 'string 3+ null:3+',
      errorCode: 'int16 3+',
    }),
  },
})

export const describeGroups = api({
  name: 'DescribeGroups',
  key: 15,
  min: 0,
  max: 6,
  flexible: 5,
  request: { groups: '[]string 0+', includeAuthorizedOperations: 'bool 3+' },
  response: {
    throttleTimeMs: 'int32 1+',
    groups: list('0+', {
      errorCode: 'int16 0+',
      errorMessage: 'string 6+ null:6+ =null',
      groupId: 'string 0+',
      groupState: 'string 0+',
      protocolType: 'string 0+',
      protocolData: 'string 0+',
      members: list('0+', {
        memberId: 'string 0+',
        groupInstanceId: 'string 4+ null:4+ =null',
        clientId: 'string 0+',
        clientHost: 'string 0+',
        memberMetadata: 'bytes 0+',
        memberAssignment: 'bytes 0+',
      }),
      authorizedOperations: 'int32 3+ =-2147483648',
    }),
  },
})

export const listGroups = api({
  name: 'ListGroups',
  key: 16,
  min: 0,
  max: 5,
  flexible: 3,
  request: { statesFilter: '[]string 4+', typesFilter: '[]string 5+' },
  response: {
    throttleTimeMs: 'int32 1+',
    errorCode: 'int16 0+',
    groups: list('0+', {
      groupId: 'string 0+',
      protocolType: 'string 0+',
      groupState: 'string 4+',
      groupType: 'string 5+',
    }),
  },
})

export const deleteGroups = api({
  name: 'DeleteGroups',
  key: 42,
  min: 0,
  max: 2,
  flexible: 2,
  request: { groupsNames: '[]string 0+' },
  response: {
    throttleTimeMs: 'int32 0+',
    results: list('0+', { groupId: 'string 0+', errorCode: 'int16 0+' }),
  },
})

const topicPartitions = { topicId: 'uuid 0+', partitions: '[]int32 0+' } as const

/** KIP-848: joining, staying, acknowledging and leaving are one request. */
export const consumerGroupHeartbeat = api({
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  min: 0,
  max: 1,
  flexible: 0,
  request: {
    groupId: 'string 0+',
    memberId: 'string 0+',
    memberEpoch: 'int32 0+',
    instanceId: 'string 0+ null:0+ =null',
    rackId: 'string 0+ null:0+ =null',
    rebalanceTimeoutMs: 'int32 0+ =-1',
    subscribedTopicNames: '[]string 0+ null:0+',
    subscribedTopicRegex: 'string 1+ null:1+ =null',
    serverAssignor: 'string 0+ null:0+ =null',
    topicPartitions: list('0+ null:0+', topicPartitions),
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 0+',
    errorMessage: 'string 0+ null:0+ =null',
    memberId: 'string 0+ null:0+ =null',
    memberEpoch: 'int32 0+',
    heartbeatIntervalMs: 'int32 0+',
    assignment: struct('0+ null:0+', { topicPartitions: list('0+', topicPartitions) }),
  },
})
