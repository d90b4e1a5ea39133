import { expect, it } from 'vitest'
import { securityNotes } from '../../../../plugins/protocol/security/notes.ts'

const plain = { mechanism: 'plain', username: 'alice' } as const

it('says nothing of what is safe', () => {
  expect(securityNotes({}, ['kafka:9092'])).toEqual([])
  expect(securityNotes({ tls: {}, sasl: plain }, ['kafka:9092'])).toEqual([])
  const here = ['localhost:9092', '127.0.0.1:9092', '127.1.2.3:9092', '[::1]:9092']
  expect(securityNotes({ sasl: plain }, here)).toEqual([])
})

it.each([
  ['plain', 'who listens reads the password'],
  ['oauthbearer', 'who listens reads the token'],
  ['scram-sha-256', 'who listens can try passwords on what is sent'],
] as const)('%s without TLS to another machine', (mechanism, what) => {
  expect(securityNotes({ sasl: { mechanism } }, ['localhost:1', 'kafka:9092', '10.0.0.1:9092'])).toEqual([
    `sasl.mechanism is ${mechanism} without tls: on the way to kafka:9092, 10.0.0.1:9092 ${what}`,
  ])
})

it('certificates that are not verified', () => {
  expect(securityNotes({ tls: { rejectUnauthorized: false } }, ['kafka:9092'])).toEqual([
    'tls.rejectUnauthorized is false: certificates of brokers are not verified, anybody on the way can read and change everything',
  ])
})
