import { api, list } from '../schema.ts'

export const metadata = api({
  name: 'Metadata',
  key: 3,
  min: 0,
  max: 13,
  flexible: 9,
  request: {
    topics: list('0+ null:1+', { topicId: 'uuid 10+', name: 'string 0+ null:10+' }),
    allowAutoTopicCreation: 'bool 4+ =true',
    includeClusterAuthorizedOperations: 'bool 8-10',
    includeTopicAuthorizedOperations: 'bool 8+',
  },
  response: {
    throttleTimeMs: 'int32 3+',
    brokers: list('0+', {
      nodeId: 'int32 0+',
      host: 'string 0+',
      port: 'int32 0+',
      rack: 'string 1+ null:1+ =null',
    }),
    clusterId: 'string 2+ null:2+ =null',
    controllerId: 'int32 1+ =-1',
    topics: list('0+', {
      errorCode: 'int16 0+',
      name: 'string 0+ null:12+',
      topicId: 'uuid 10+',
      isInternal: 'bool 1+',
      partitions: list('0+', {
        errorCode: 'int16 0+',
        partitionIndex: 'int32 0+',
        leaderId: 'int32 0+',
        leaderEpoch: 'int32 7+ =-1',
        replicaNodes: '[]int32 0+',
        isrNodes: '[]int32 0+',
        offlineReplicas: '[]int32 5+',
      }),
      topicAuthorizedOperations: 'int32 8+ =-2147483648',
    }),
    clusterAuthorizedOperations: 'int32 8-10 =-2147483648',
    errorCode: 'int16 13+',
  },
})

export const describeCluster = api({
  name: 'DescribeCluster',
  key: 60,
  min: 0,
  max: 2,
  flexible: 0,
  request: {
    includeClusterAuthorizedOperations: 'bool 0+',
    endpointType: 'int8 1+ =1',
    includeFencedBrokers: 'bool 2+',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 0+',
    errorMessage: 'string 0+ null:0+',
    endpointType: 'int8 1+ =1',
    clusterId: 'string 0+',
    controllerId: 'int32 0+ =-1',
    brokers: list('0+', {
      brokerId: 'int32 0+',
      host: 'string 0+',
      port: 'int32 0+',
      rack: 'string 0+ null:0+',
      isFenced: 'bool 2+',
    }),
    clusterAuthorizedOperations: 'int32 0+ =-2147483648',
  },
})
