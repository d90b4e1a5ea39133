import { api } from '../schema.ts'

export const saslHandshake = api({
  name: 'SaslHandshake',
  key: 17,
  min: 0,
  max: 1,
  flexible: Number.POSITIVE_INFINITY,
  request: { mechanism: 'string 0+' },
  response: { errorCode: 'int16 0+', mechanisms: '[]string 0+' },
})

export const saslAuthenticate = api({
  name: 'SaslAuthenticate',
  key: 36,
  min: 0,
  max: 2,
  flexible: 2,
  request: { authBytes: 'bytes 0+' },
  response: {
    errorCode: 'int16 0+',
    errorMessage: 'string 0+ null:0+',
    authBytes: 'bytes 0+',
    sessionLifetimeMs: 'int64 1+',
  },
})
