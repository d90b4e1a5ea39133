import { api, list } from '../schema.ts'

export const apiVersions = api({
  name: 'ApiVersions',
  key: 18,
  min: 0,
  max: 4,
  flexible: 3,
  request: { clientSoftwareName: 'string 3+', clientSoftwareVersion: 'string 3+' },
  response: {
    errorCode: 'int16 0+',
    apiKeys: list('0+', { apiKey: 'int16 0+', minVersion: 'int16 0+', maxVersion: 'int16 0+' }),
    throttleTimeMs: 'int32 1+',
    supportedFeatures: list('3+ tag:0', {
      name: 'string 3+',
      minVersion: 'int16 3+',
      maxVersion: 'int16 3+',
    }),
    finalizedFeaturesEpoch: 'int64 3+ tag:1 =-1',
    finalizedFeatures: list('3+ tag:2', {
      name: 'string 3+',
      maxVersionLevel: 'int16 3+',
      minVersionLevel: 'int16 3+',
    }),
    zkMigrationReady: 'bool 3+ tag:3',
  },
})
