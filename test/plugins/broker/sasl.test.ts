import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { saslAuthenticate, saslHandshake } from '../../../plugins/protocol/messages/sasl.ts'
import { framed, frameOf, software, TestClient } from './client.ts'
import { authenticate, type Mechanism, plainToken, Scram } from './sasl-client.ts'

const users = { alice: 'secret', 'a,b=c': 'pa=ss,wörd', bob: 'other' }
const MECHANISMS: Mechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

const log: string[] = []
let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({ sasl: { users } }, line => log.push(line))
})
afterAll(() => broker.close())
beforeEach(async () => {
  log.length = 0
  client = await TestClient.to(broker.port)
})
afterEach(() => client.close())

const brokers = () => client.call(metadata, 1, { topics: [] }).then(answer => answer.brokers.length)
const handshake = (mechanism: string, version = 1) => client.call(saslHandshake, version, { mechanism })
const token = (authBytes: Buffer, version = 2) => client.call(saslAuthenticate, version, { authBytes })

/** The client has got nothing more, and the log says why. */
async function closedFor(reason: string): Promise<void> {
  await client.closed
  expect(log).toHaveLength(1)
  expect(log[0]).toMatch(/^broker: connection from 127\.0\.0\.1:\d+ closed: /)
  expect(log[0]).toContain(reason)
}

describe('a client that authenticates', () => {
  it.each(MECHANISMS)('by %s is served', async mechanism => {
    expect((await client.call(apiVersions, 3, software)).errorCode).toBe(0)
    const answer = await authenticate(client, mechanism, 'alice', 'secret')
    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, sessionLifetimeMs: 0n })
    expect(await brokers()).toBe(1)
    expect(log).toEqual([])
  })

  it.each(MECHANISMS)('by %s may have commas, equals signs and letters beyond ASCII', async mechanism => {
    expect(await authenticate(client, mechanism, 'a,b=c', 'pa=ss,wörd')).toMatchObject({ errorCode: 0 })
    expect(await brokers()).toBe(1)
  })

  it.each([0, 1, 2])('may speak version %d', async version => {
    expect(await authenticate(client, 'SCRAM-SHA-256', 'alice', 'secret', version)).toMatchObject({
      errorCode: 0,
    })
    expect(await brokers()).toBe(1)
  })

  it.each(MECHANISMS)('by %s may send bare tokens after version 0 of the handshake', async mechanism => {
    expect(await handshake(mechanism, 0)).toEqual({ errorCode: 0, mechanisms: MECHANISMS })
    if (mechanism === 'PLAIN') {
      expect(await client.send(framed(plainToken('alice', 'secret')))).toEqual(Buffer.alloc(0))
    } else {
      const scram = new Scram(mechanism, 'alice', 'secret')
      const challenge = await client.send(framed(scram.first()))
      expect(scram.proves((await client.send(framed(scram.final(challenge!))))!)).toBe(true)
    }
    expect(await brokers()).toBe(1)
  })

  it('may ask for the name that it has', async () => {
    await handshake('PLAIN')
    expect((await token(plainToken('alice', 'secret', 'alice'))).errorCode).toBe(0)
  })

  it('may send its requests without waiting for answers', async () => {
    const authBytes = plainToken('alice', 'secret')
    client.socket.write(
      Buffer.concat([
        frameOf(apiVersions, 3, software, 1),
        frameOf(saslHandshake, 1, { mechanism: 'PLAIN' }, 2),
        frameOf(saslAuthenticate, 1, { authBytes }, 3),
      ]),
    )
    const answers = [client.send(Buffer.alloc(0)), client.send(Buffer.alloc(0)), client.send(Buffer.alloc(0))]
    const last = client.send(frameOf(metadata, 1, { topics: [] }, 4))
    const ids = (await Promise.all([...answers, last])).map(frame => frame?.readInt32BE(0))
    expect(ids).toEqual([1, 2, 3, 4])
  })

  it('is told that it has already when it does so again, and is served on', async () => {
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    expect(await handshake('PLAIN')).toEqual({ errorCode: errorCodes.ILLEGAL_SASL_STATE, mechanisms: [] })
    expect(await token(plainToken('alice', 'secret'))).toMatchObject({
      errorCode: errorCodes.ILLEGAL_SASL_STATE,
      errorMessage: 'SaslAuthenticate request received after successful authentication',
    })
    expect(await brokers()).toBe(1)
  })
})

describe('credentials that are wrong are told, and the connection closes', () => {
  const scramSays = (mechanism: string) =>
    `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`
  it.each([
    ['PLAIN', 'alice', 'wrong', 'Authentication failed: Invalid username or password'],
    ['PLAIN', 'mallory', 'secret', 'Authentication failed: Invalid username or password'],
    ['PLAIN', '', 'secret', 'Authentication failed: username not specified'],
    ['PLAIN', 'alice', '', 'Authentication failed: password not specified'],
    ['PLAIN', 'alice\0more', 'secret', 'Invalid SASL/PLAIN response: expected 3 tokens, got 4'],
    ['SCRAM-SHA-256', 'alice', 'wrong', scramSays('SCRAM-SHA-256')],
    ['SCRAM-SHA-256', 'mallory', 'secret', scramSays('SCRAM-SHA-256')],
    ['SCRAM-SHA-512', 'alice', 'Secret', scramSays('SCRAM-SHA-512')],
    ['SCRAM-SHA-512', '__proto__', 'secret', scramSays('SCRAM-SHA-512')],
  ] as const)('%s %j %j', async (mechanism, user, password, errorMessage) => {
    const answer = await authenticate(client, mechanism, user, password)
    expect(answer).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage })
    await closedFor('authentication failed: ')
    expect(log[0]).not.toContain('secret')
  })

  it.each(['PLAIN', 'SCRAM-SHA-256'] as const)('%s: another name than its own', async mechanism => {
    await handshake(mechanism)
    const bytes =
      mechanism === 'PLAIN'
        ? plainToken('alice', 'secret', 'bob')
        : new Scram(mechanism, 'alice', 'secret').first('n,a=bob,')
    expect((await token(bytes)).errorMessage).toBe(
      'Authentication failed: Client requested an authorization id that is different from username',
    )
    await closedFor('an authorization id that is different')
  })

  it.each([
    ['another nonce', (text: string) => `${text}x`, 'the nonce is not the one of this exchange'],
    ['a nonce of the client’s own', () => 'c=biws,r=abc', 'the nonce is not the one of this exchange'],
    ['no channel', (text: string) => text.replace('c=biws,', ''), 'not a SCRAM client’s final message'],
  ])('SCRAM with %s', async (_, change, reason) => {
    await handshake('SCRAM-SHA-256')
    const scram = new Scram('SCRAM-SHA-256', 'alice', 'secret')
    const { authBytes } = await token(scram.first())
    expect((await token(scram.final(authBytes, change))).errorCode).toBe(58)
    await closedFor(reason)
  })

  it.each([
    ['p=tls-unique,,n=alice,r=abc', 'not a SCRAM client’s first message'],
    ['y,,n=alice,r=abc', 'not a SCRAM client’s first message'],
    ['n,,n=al=ice,r=abc', 'not a SCRAM client’s first message'],
    ['n,,n=alice', 'not a SCRAM client’s first message'],
    ['n,,n=alice,r=abc,tokenauth=true', 'no such user'],
    ['', 'not a SCRAM client’s first message'],
  ])('SCRAM with %j first', async (message, reason) => {
    await handshake('SCRAM-SHA-256')
    expect((await token(Buffer.from(message))).errorCode).toBe(58)
    await closedFor(reason)
  })

  it('bare tokens get no answer', async () => {
    await handshake('PLAIN', 0)
    expect(await client.send(framed(plainToken('alice', 'wrong')))).toBeUndefined()
    await closedFor('authentication failed: Authentication failed: Invalid username or password')
  })
})

it('a client may put its nonce twice, as librdkafka does', async () => {
  await handshake('SCRAM-SHA-256')
  const scram = new Scram('SCRAM-SHA-256', 'alice', 'secret', 'mine')
  const { authBytes } = await token(scram.first())
  const last = await token(scram.final(authBytes, text => text.replace('r=', 'r=mine')))
  expect(last.errorCode).toBe(0)
  expect(scram.proves(last.authBytes)).toBe(true)
})

describe('before a client has authenticated', () => {
  it('a mechanism that is not here is refused with those that are, and the connection closes', async () => {
    expect(await handshake('GSSAPI')).toEqual({
      errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: MECHANISMS,
    })
    await closedFor('SASL mechanism "GSSAPI" is not enabled')
  })

  it('a version of ApiVersions that is not here is told, and another may follow', async () => {
    const unknown = frameOf(apiVersions, 3, software)
    unknown.writeInt16BE(99, 6)
    expect((await client.send(unknown))?.readInt16BE(4)).toBe(errorCodes.UNSUPPORTED_VERSION)
    expect((await client.call(apiVersions, 3, software)).errorCode).toBe(0)
    expect(await authenticate(client, 'PLAIN', 'alice', 'secret')).toMatchObject({ errorCode: 0 })
  })

  it.each([
    [
      'Metadata',
      frameOf(metadata, 1, { topics: [] }),
      'it sends API 3 before it has authenticated with SASL',
    ],
    [
      'SaslAuthenticate',
      frameOf(saslAuthenticate, 1, { authBytes: plainToken('alice', 'secret') }),
      'it sends API 36 before it has authenticated with SASL',
    ],
    ['no request', framed(Buffer.from('0011', 'hex')), 'it sends no request'],
    ['a TLS handshake', Buffer.from('1603010200010001fc', 'hex'), 'it looks like a TLS handshake'],
    ['a frame over 512 KiB', Buffer.from('00080001', 'hex'), '524289 bytes is announced, at most 524288'],
  ])('%s closes the connection', async (_, bytes, reason) => {
    expect(await client.send(bytes)).toBeUndefined()
    await closedFor(reason)
  })

  it('a second ApiVersions closes the connection', async () => {
    await client.call(apiVersions, 3, software)
    expect(await client.send(frameOf(apiVersions, 3, software))).toBeUndefined()
    await closedFor('it sends API 18 before')
  })

  it('a request in the middle of the exchange is out of place', async () => {
    await handshake('SCRAM-SHA-256')
    expect((await client.call(apiVersions, 3, software)).errorCode).toBe(errorCodes.ILLEGAL_SASL_STATE)
    await closedFor('it sends API 18 where SaslAuthenticate is expected')
  })

  it('large frames are taken again afterwards', async () => {
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    const topics = Array.from({ length: 20_000 }, (_, n) => ({ name: `${n}`.padStart(40, 'x') }))
    const frame = frameOf(metadata, 4, { topics, allowAutoTopicCreation: false })
    expect(frame.length).toBeGreaterThan(524_288)
    expect((await client.send(frame))?.length).toBeGreaterThan(524_288)
  })

  it('no bytes end the broker', async () => {
    const first = fc.constantFrom(
      Buffer.alloc(0),
      frameOf(saslHandshake, 0, { mechanism: 'PLAIN' }),
      frameOf(saslHandshake, 0, { mechanism: 'SCRAM-SHA-512' }),
      frameOf(saslHandshake, 1, { mechanism: 'SCRAM-SHA-256' }),
    )
    const rest = fc.uint8Array({ maxLength: 300 }).map(bytes => framed(Buffer.from(bytes)))
    await fc.assert(
      fc.asyncProperty(first, fc.array(rest, { maxLength: 3 }), async (start, frames) => {
        const one = await TestClient.to(broker.port)
        one.socket.end(Buffer.concat([start, ...frames]))
        await one.closed
      }),
      { numRuns: 50 },
    )
    expect(await authenticate(client, 'PLAIN', 'alice', 'secret')).toMatchObject({ errorCode: 0 })
    expect(log.filter(line => line.includes('    at '))).toEqual([])
  })

  it('the longest token there may be is refused like any other', async () => {
    await handshake('SCRAM-SHA-256', 0)
    const long = Buffer.alloc(524_288, 'a')
    long.write('n,,n=')
    expect(await client.send(framed(long))).toBeUndefined()
    await closedFor('not a SCRAM client’s first message')
  })
})
