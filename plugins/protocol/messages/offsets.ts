import { api, list } from '../schema.ts'

export const offsetCommit = api({
  name: 'OffsetCommit',
  key: 8,
  min: 2,
  max: 9,
  flexible: 8,
  request: {
    groupId: 'string 0+',
    generationIdOrMemberEpoch: 'int32 1+ =-1',
    memberId: 'string 1+',
    groupInstanceId: 'string 7+ null:7+ =null',
    retentionTimeMs: 'int64 2-4 =-1',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        committedOffset: 'int64 0+',
        committedLeaderEpoch: 'int32 6+ =-1',
        committedMetadata: 'string 0+ null:0+',
      }),
    }),
  },
  response: {
    throttleTimeMs: 'int32 3+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', { partitionIndex: 'int32 0+', errorCode: 'int16 0+' }),
    }),
  },
})

export const offsetFetch = api({
  name: 'OffsetFetch',
  key: 9,
  min: 1,
  max: 9,
  flexible: 6,
  request: {
    groupId: 'string 0-7',
    topics: list('0-7 null:2-7', { name: 'string 0-7', partitionIndexes: '[]int32 0-7' }),
    groups: list('8+', {
      groupId: 'string 8+',
      memberId: 'string 9+ null:9+ =null',
      memberEpoch: 'int32 9+ =-1',
      topics: list('8+ null:8+', { name: 'string 8+', partitionIndexes: '[]int32 8+' }),
    }),
    requireStable: 'bool 7+',
  },
  response: {
    throttleTimeMs: 'int32 3+',
    topics: list('0-7', {
      name: 'string 0-7',
      partitions: list('0-7', {
        partitionIndex: 'int32 0-7',
        committedOffset: 'int64 0-7',
        committedLeaderEpoch: 'int32 5-7 =-1',
        metadata: 'string 0-7 null:0-7',
        errorCode: 'int16 0-7',
      }),
    }),
    errorCode: 'int16 2-7',
    groups: list('8+', {
      groupId: 'string 8+',
      topics: list('8+', {
        name: 'string 8+',
        partitions: list('8+', {
          partitionIndex: 'int32 8+',
          committedOffset: 'int64 8+',
          committedLeaderEpoch: 'int32 8+ =-1',
          metadata: 'string 8+ null:8+',
          errorCode: 'int16 8+',
        }),
      }),
      errorCode: 'int16 8+',
    }),
  },
})

export const offsetDelete = api({
  name: 'OffsetDelete',
  key: 47,
  min: 0,
  max: 0,
  flexible: Number.POSITIVE_INFINITY,
  request: {
    groupId: 'string 0+',
    topics: list('0+', { name: 'string 0+', partitions: list('0+', { partitionIndex: 'int32 0+' }) }),
  },
  response: {
    errorCode: 'int16 0+',
    throttleTimeMs: 'int32 0+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', { partitionIndex: 'int32 0+', errorCode: 'int16 0+' }),
    }),
  },
})
