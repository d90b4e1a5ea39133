import { api, list } from '../schema.ts'

const topicPartitions = { name: 'string 0+', partitions: '[]int32 0+' } as const
const topicResults = {
  name: 'string 0+',
  resultsByPartition: list('0+', { partitionIndex: 'int32 0+', partitionErrorCode: 'int16 0+' }),
} as const

export const addPartitionsToTxn = api({
  name: 'AddPartitionsToTxn',
  key: 24,
  min: 0,
  max: 5,
  flexible: 3,
  request: {
    transactions: list('4+', {
      transactionalId: 'string 4+',
      producerId: 'int64 4+',
      producerEpoch: 'int16 4+',
      verifyOnly: 'bool 4+',
      topics: list('4+', topicPartitions),
    }),
    v3AndBelowTransactionalId: 'string 0-3',
    v3AndBelowProducerId: 'int64 0-3',
    v3AndBelowProducerEpoch: 'int16 0-3',
    v3AndBelowTopics: list('0-3', topicPartitions),
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 4+',
    resultsByTransaction: list('4+', {
      transactionalId: 'string 4+',
      topicResults: list('4+', topicResults),
    }),
    resultsByTopicV3AndBelow: list('0-3', topicResults),
  },
})

export const addOffsetsToTxn = api({
  name: 'AddOffsetsToTxn',
  key: 25,
  min: 0,
  max: 4,
  flexible: 3,
  request: {
    transactionalId: 'string 0+',
    producerId: 'int64 0+',
    producerEpoch: 'int16 0+',
    groupId: 'string 0+',
  },
  response: { throttleTimeMs: 'int32 0+', errorCode: 'int16 0+' },
})

export const endTxn = api({
  name: 'EndTxn',
  key: 26,
  min: 0,
  max: 5,
  flexible: 3,
  request: {
    transactionalId: 'string 0+',
    producerId: 'int64 0+',
    producerEpoch: 'int16 0+',
    committed: 'bool 0+',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 0+',
    producerId: 'int64 5+ =-1',
    producerEpoch: 'int16 5+ =-1',
  },
})

export const writeTxnMarkers = api({
  name: 'WriteTxnMarkers',
  key: 27,
  min: 1,
  max: 1,
  flexible: 1,
  request: {
    markers: list('0+', {
      producerId: 'int64 0+',
      producerEpoch: 'int16 0+',
      transactionResult: 'bool 0+',
      topics: list('0+', { name: 'string 0+', partitionIndexes: '[]int32 0+' }),
      coordinatorEpoch: 'int32 0+',
    }),
  },
  response: {
    markers: list('0+', {
      producerId: 'int64 0+',
      topics: list('0+', {
        name: 'string 0+',
        partitions: list('0+', { partitionIndex: 'int32 0+', errorCode: 'int16 0+' }),
      }),
    }),
  },
})

export const txnOffsetCommit = api({
  name: 'TxnOffsetCommit',
  key: 28,
  min: 0,
  max: 5,
  flexible: 3,
  request: {
    transactionalId: 'string 0+',
    groupId: 'string 0+',
    producerId: 'int64 0+',
    producerEpoch: 'int16 0+',
    generationId: 'int32 3+ =-1',
    memberId: 'string 3+',
    groupInstanceId: 'string 3+ null:3+ =null',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        committedOffset: 'int64 0+',
        committedLeaderEpoch: 'int32 2+ =-1',
        committedMetadata: 'string 0+ null:0+',
      }),
    }),
  },
  response: {
    throttleTimeMs: 'int32 0+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', { partitionIndex: 'int32 0+', errorCode: 'int16 0+' }),
    }),
  },
})

export const describeProducers = api({
  name: 'DescribeProducers',
  key: 61,
  min: 0,
  max: 0,
  flexible: 0,
  request: { topics: list('0+', { name: 'string 0+', partitionIndexes: '[]int32 0+' }) },
  response: {
    throttleTimeMs: 'int32 0+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', {
        partitionIndex: 'int32 0+',
        errorCode: 'int16 0+',
        errorMessage: 'string 0+ null:0+ =null',
        activeProducers: list('0+', {
          producerId: 'int64 0+',
          producerEpoch: 'int32 0+',
          lastSequence: 'int32 0+ =-1',
          lastTimestamp: 'int64 0+ =-1',
          coordinatorEpoch: 'int32 0+',
          currentTxnStartOffset: 'int64 0+ =-1',
        }),
      }),
    }),
  },
})

export const describeTransactions = api({
  name: 'DescribeTransactions',
  key: 65,
  min: 0,
  max: 0,
  flexible: 0,
  request: { transactionalIds: '[]string 0+' },
  response: {
    throttleTimeMs: 'int32 0+',
    transactionStates: list('0+', {
      errorCode: 'int16 0+',
      transactionalId: 'string 0+',
      transactionState: 'string 0+',
      transactionTimeoutMs: 'int32 0+',
      transactionStartTimeMs: 'int64 0+',
      producerId: 'int64 0+',
      producerEpoch: 'int16 0+',
      topics: list('0+', { topic: 'string 0+', partitions: '[]int32 0+' }),
    }),
  },
})

export const listTransactions = api({
  name: 'ListTransactions',
  key: 66,
  min: 0,
  max: 1,
  flexible: 0,
  request: {
    stateFilters: '[]string 0+',
    producerIdFilters: '[]int64 0+',
    durationFilter: 'int64 1+ =-1',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 0+',
    unknownStateFilters: '[]string 0+',
    transactionStates: list('0+', {
      transactionalId: 'string 0+',
      producerId: 'int64 0+',
      transactionState: 'string 0+',
    }),
  },
})
