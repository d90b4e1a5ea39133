import { api, list } from '../schema.ts'

const response = {
  throttleTimeMs: 'int32 0+',
  responses: list('0+', {
    errorCode: 'int16 0+',
    errorMessage: 'string 0+ null:0+',
    resourceType: 'int8 0+',
    resourceName: 'string 0+',
  }),
} as const

export const alterConfigs = api({
  name: 'AlterConfigs',
  key: 33,
  min: 0,
  max: 2,
  flexible: 2,
  request: {
    resources: list('0+', {
      resourceType: 'int8 0+',
      resourceName: 'string 0+',
      configs: list('0+', { name: 'string 0+', value: 'string 0+ null:0+' }),
    }),
    validateOnly: 'bool 0+',
  },
  response,
})

export const incrementalAlterConfigs = api({
  name: 'IncrementalAlterConfigs',
  key: 44,
  min: 0,
  max: 1,
  flexible: 1,
  request: {
    resources: list('0+', {
      resourceType: 'int8 0+',
      resourceName: 'string 0+',
      configs: list('0+', {
        name: 'string 0+',
        configOperation: 'int8 0+',
        value: 'string 0+ null:0+',
      }),
    }),
    validateOnly: 'bool 0+',
  },
  response,
})
