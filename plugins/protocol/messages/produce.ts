import { api, list, struct } from '../schema.ts'

export const produce = api({
  name: 'Produce',
  key: 0,
  min: 3,
  max: 13,
  flexible: 9,
  request: {
    transactionalId: 'string 3+ null:3+ =null',
    acks: 'int16 0+',
    timeoutMs: 'int32 0+',
    topicData: list('0+', {
      name: 'string 0-12',
      topicId: 'uuid 13+',
      partitionData: list('0+', { index: 'int32 0+', records: 'records 0+ null:0+' }),
    }),
  },
  response: {
    responses: list('0+', {
      name: 'string 0-12',
      topicId: 'uuid 13+',
      partitionResponses: list('0+', {
        index: 'int32 0+',
        errorCode: 'int16 0+',
        baseOffset: 'int64 0+',
        logAppendTimeMs: 'int64 2+ =-1',
        logStartOffset: 'int64 5+ =-1',
        recordErrors: list('8+', { batchIndex: 'int32 8+', batchIndexErrorMessage: 'string 8+ null:8+' }),
        errorMessage: 'string 8+ null:8+',
        currentLeader: struct('10+ tag:0', { leaderId: 'int32 10+ =-1', leaderEpoch: 'int32 10+ =-1' }),
      }),
    }),
    throttleTimeMs: 'int32 1+',
    nodeEndpoints: list('10+ tag:0', {
      nodeId: 'int32 10+',
      host: 'string 10+',
      port: 'int32 10+',
      rack: 'string 10+ null:10+',
    }),
  },
})

export const initProducerId = api({
  name: 'InitProducerId',
  key: 22,
  min: 0,
  max: 5,
  flexible: 2,
  request: {
    transactionalId: 'string 0+ null:0+',
    transactionTimeoutMs: 'int32 0+',
    producerId: 'int64 3+ =-1',
    producerEpoch: 'int16 3+ =-1',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    errorCode: 'int16 0+',
    producerId: 'int64 0+ =-1',
    producerEpoch: 'int16 0+',
  },
})
