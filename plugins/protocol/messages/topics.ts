import { api, list } from '../schema.ts'

export const createTopics = api({
  name: 'CreateTopics',
  key: 19,
  min: 2,
  max: 7,
  flexible: 5,
  request: {
    topics: list('0+', {
      name: 'string 0+',
      numPartitions: 'int32 0+',
      replicationFactor: 'int16 0+',
      assignments: list('0+', { partitionIndex: 'int32 0+', brokerIds: '[]int32 0+' }),
      configs: list('0+', { name: 'string 0+', value: 'string 0+ null:0+' }),
    }),
    timeoutMs: 'int32 0+ =60000',
    validateOnly: 'bool 1+',
  },
  response: {
    throttleTimeMs: 'int32 2+',
    topics: list('0+', {
      name: 'string 0+',
      topicId: 'uuid 7+',
      errorCode: 'int16 0+',
      errorMessage: 'string 1+ null:0+',
      topicConfigErrorCode: 'int16 5+ tag:0',
      numPartitions: 'int32 5+ =-1',
      replicationFactor: 'int16 5+ =-1',
      configs: list('5+ null:5+', {
        name: 'string 5+',
        value: 'string 5+ null:5+',
        readOnly: 'bool 5+',
        configSource: 'int8 5+ =-1',
        isSensitive: 'bool 5+',
      }),
    }),
  },
})

export const deleteTopics = api({
  name: 'DeleteTopics',
  key: 20,
  min: 1,
  max: 6,
  flexible: 4,
  request: {
    topics: list('6+', { name: 'string 6+ null:6+ =null', topicId: 'uuid 6+' }),
    topicNames: '[]string 0-5',
    timeoutMs: 'int32 0+',
  },
  response: {
    throttleTimeMs: 'int32 1+',
    responses: list('0+', {
      name: 'string 0+ null:6+',
      topicId: 'uuid 6+',
      errorCode: 'int16 0+',
      errorMessage: 'string 5+ null:5+ =null',
    }),
  },
})

export const deleteRecords = api({
  name: 'DeleteRecords',
  key: 21,
  min: 0,
  max: 2,
  flexible: 2,
  request: {
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', { partitionIndex: 'int32 0+', offset: 'int64 0+' }),
    }),
    timeoutMs: 'int32 0+',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    topics: list('0+', {
      name: 'string 0+',
      partitions: list('0+', { partitionIndex: 'int32 0+', lowWatermark: 'int64 0+', errorCode: 'int16 0+' }),
    }),
  },
})

export const createPartitions = api({
  name: 'CreatePartitions',
  key: 37,
  min: 0,
  max: 3,
  flexible: 2,
  request: {
    topics: list('0+', {
      name: 'string 0+',
      count: 'int32 0+',
      assignments: list('0+ null:0+', { brokerIds: '[]int32 0+' }),
    }),
    timeoutMs: 'int32 0+',
    validateOnly: 'bool 0+',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    results: list('0+', { name: 'string 0+', errorCode: 'int16 0+', errorMessage: 'string 0+ null:0+' }),
  },
})

export const describeConfigs = api({
  name: 'DescribeConfigs',
  key: 32,
  min: 1,
  max: 4,
  flexible: 4,
  request: {
    resources: list('0+', {
      resourceType: 'int8 0+',
      resourceName: 'string 0+',
      configurationKeys: '[]string 0+ null:0+',
    }),
    includeSynonyms: 'bool 1+',
    includeDocumentation: 'bool 3+',
  },
  response: {
    throttleTimeMs: 'int32 0+',
    results: list('0+', {
      errorCode: 'int16 0+',
      errorMessage: 'string 0+ null:0+',
      resourceType: 'int8 0+',
      resourceName: 'string 0+',
      configs: list('0+', {
        name: 'string 0+',
        value: 'string 0+ null:0+',
        readOnly: 'bool 0+',
        configSource: 'int8 1+ =-1',
        isSensitive: 'bool 0+',
        synonyms: list('1+', { name: 'string 1+', value: 'string 1+ null:0+', source: 'int8 1+' }),
        configType: 'int8 3+',
        documentation: 'string 3+ null:0+',
      }),
    }),
  },
})
