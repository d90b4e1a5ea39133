import { api, list, struct } from '../schema.ts'

export const fetch = api({
  name: 'Fetch',
  key: 1,
  min: 4,
  max: 17,
  flexible: 12,
  request: {
    clusterId: 'string 12+ null:12+ tag:0 =null',
    replicaId: 'int32 0-14 =-1',
    replicaState: struct('15+ tag:1', { replicaId: 'int32 15+ =-1', replicaEpoch: 'int64 15+ =-1' }),
    maxWaitMs: 'int32 0+',
    minBytes: 'int32 0+',
    maxBytes: 'int32 3+ =2147483647',
    isolationLevel: 'int8 4+',
    sessionId: 'int32 7+',
    sessionEpoch: 'int32 7+ =-1',
    topics: list('0+', {
      topic: 'string 0-12',
      topicId: 'uuid 13+',
      partitions: list('0+', {
        partition: 'int32 0+',
        currentLeaderEpoch: 'int32 9+ =-1',
        fetchOffset: 'int64 0+',
        lastFetchedEpoch: 'int32 12+ =-1',
        logStartOffset: 'int64 5+ =-1',
        partitionMaxBytes: 'int32 0+',
        replicaDirectoryId: 'uuid 17+ tag:0',
      }),
    }),
    forgottenTopicsData: list('7+', { topic: 'string 7-12', topicId: 'uuid 13+', partitions: '[]int32 7+' }),
    rackId: 'string 11+',
  },
  response: {
    throttleTimeMs: 'int32 1+',
    errorCode: 'int16 7+',
    sessionId: 'int32 7+',
    responses: list('0+', {
      topic: 'string 0-12',
      topicId: 'uuid 13+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        errorCode: 'int16 0+',
        highWatermark: 'int64 0+',
        lastStableOffset: 'int64 4+ =-1',
        logStartOffset: 'int64 5+ =-1',
        divergingEpoch: struct('12+ tag:0', { epoch: 'int32 12+ =-1', endOffset: 'int64 12+ =-1' }),
        currentLeader: struct('12+ tag:1', { leaderId: 'int32 12+ =-1', leaderEpoch: 'int32 12+ =-1' }),
        snapshotId: struct('12+ tag:2', { endOffset: 'int64 12+ =-1', epoch: 'int32 12+ =-1' }),
        abortedTransactions: list('4+ null:4+', { producerId: 'int64 4+', firstOffset: 'int64 4+' }),
        preferredReadReplica: 'int32 11+ =-1',
        records: 'records 0+ null:0+',
      }),
    }),
    nodeEndpoints: list('16+ tag:0', {
      nodeId: 'int32 16+',
      host: 'string 16+',
      port: 'int32 16+',
      rack: 'string 16+ null:16+',
    }),
  },
})

export const listOffsets = api({
  name: 'ListOffsets',
  key: 2,
  min: 1,
  max: 10,
  flexible: 6,
  request: {
    replicaId: 'int32 0+',
    isolationLevel: 'int8 2+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        currentLeaderEpoch: 'int32 4+ =-1',
        timestamp: 'int64 0+',
      }),
    }),
    timeoutMs: 'int32 10+',
  },
  response: {
    throttleTimeMs: 'int32 2+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        errorCode: 'int16 0+',
        timestamp: 'int64 1+ =-1',
        offset: 'int64 1+ =-1',
        leaderEpoch: 'int32 4+ =-1',
      }),
    }),
  },
})

export const offsetForLeaderEpoch = api({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  min: 2,
  max: 4,
  flexible: 4,
  request: {
    replicaId: 'int32 3+ =-2',
    topics: list('0+', {
      topic: 'string 0+',
      partitions: list('0+', {
        partition: 'int32 0+',
        currentLeaderEpoch: 'int32 2+ =-1',
        leaderEpoch: 'int32 0+',
      }),
    }),
  },
  response: {
    throttleTimeMs: 'int32 2+',
    topics: list('0+', {
      topic: 'string 0+',
      partitions: list('0+', {
        errorCode: 'int16 0+',
        partition: 'int32 0+',
        leaderEpoch: 'int32 1+ =-1',
        endOffset: 'int64 0+ =-1',
      }),
    }),
  },
})
