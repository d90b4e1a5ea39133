import { connect } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { saslAuthenticate, saslHandshake } from '../../../plugins/protocol/messages/sasl.ts'
import { framed, software, TestClient } from './client.ts'
import { authenticate, plainToken } from './sasl-client.ts'

const users = { alice: 'secret', bob: 'other' }
const LONG = 3_600_000

const log: string[] = []
let broker: RunningBroker
let client: TestClient

async function begin(maxReauthMs: number): Promise<void> {
  broker = await startBroker({ sasl: { users, maxReauthMs } }, line => log.push(line))
}
afterEach(() => broker.close())
beforeEach(() => void log.splice(0))

describe('a session that lasts', () => {
  beforeEach(async () => {
    await begin(LONG)
    client = await TestClient.to(broker.port)
  })

  it('is told to clients, and may be begun anew', async () => {
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-256'] as const) {
      const answer = await authenticate(client, mechanism, 'alice', 'secret')
      expect(answer).toMatchObject({ errorCode: 0, sessionLifetimeMs: BigInt(LONG) })
      expect((await client.call(metadata, 1, { topics: [] })).brokers).toHaveLength(1)
    }
    expect(log).toEqual([])
  })

  it('is not told to a client of version 0', async () => {
    expect((await authenticate(client, 'PLAIN', 'alice', 'secret', 0)).sessionLifetimeMs).toBe(0n)
  })

  it('is not begun a third time within a second', async () => {
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    const { errorCode } = await client.call(saslHandshake, 1, { mechanism: 'PLAIN' })
    expect(errorCode).toBe(errorCodes.ILLEGAL_SASL_STATE)
  })

  it('is not handed to another user', async () => {
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    expect(await authenticate(client, 'PLAIN', 'bob', 'other')).toMatchObject({
      errorCode: errorCodes.SASL_AUTHENTICATION_FAILED,
      errorMessage: 'Cannot change principals during re-authentication from User.alice: User.bob',
    })
    await client.closed
    expect(log[0]).toContain('re-authentication failed: Cannot change principals')
  })

  it('does not change its mechanism', async () => {
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    await expect(authenticate(client, 'SCRAM-SHA-256', 'alice', 'secret')).rejects.toThrow('closed')
    expect(log[0]).toContain(
      "SASL mechanism 'SCRAM-SHA-256' requested by client is not supported for re-authentication of mechanism 'PLAIN'",
    )
  })

  it('does not survive a wrong password, or a request in between', async () => {
    await authenticate(client, 'SCRAM-SHA-512', 'alice', 'secret')
    expect((await authenticate(client, 'SCRAM-SHA-512', 'alice', 'wrong')).errorMessage).toBe(
      'Authentication failed during re-authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    )
    await client.closed
    const other = await TestClient.to(broker.port)
    await authenticate(other, 'PLAIN', 'alice', 'secret')
    await other.call(saslHandshake, 1, { mechanism: 'PLAIN' })
    await expect(other.call(metadata, 1, { topics: [] })).rejects.toThrow('closed')
    expect(log[1]).toContain('it sends API 3 where SaslAuthenticate is expected')
  })
})

describe('a session that has ended', () => {
  it.each([1, 0])('closes the connection at the next request (handshake %d)', async version => {
    await begin(1)
    client = await TestClient.to(broker.port)
    await client.call(saslHandshake, version, { mechanism: 'PLAIN' })
    const token = plainToken('alice', 'secret')
    if (version === 1) await client.call(saslAuthenticate, 2, { authBytes: token })
    else await client.send(framed(token))
    await new Promise(resolve => setTimeout(resolve, 10))
    await expect(client.call(apiVersions, 3, software)).rejects.toThrow('closed')
    expect(log[0]).toContain('its session of 1 ms has ended and it has not authenticated again')
  })

  it('may still be begun anew', async () => {
    await begin(1)
    client = await TestClient.to(broker.port)
    await authenticate(client, 'PLAIN', 'alice', 'secret')
    await new Promise(resolve => setTimeout(resolve, 10))
    expect((await authenticate(client, 'PLAIN', 'alice', 'secret')).errorCode).toBe(0)
  })
})

describe('kafkajs', () => {
  it('authenticates again on the same connection before its session ends', async () => {
    await begin(60_000)
    let handshakes = 0
    let connections = 0
    const kafka = new Kafka({
      brokers: [broker.address],
      logLevel: logLevel.NOTHING,
      // from the first second on: the broker takes no sooner one
      reauthenticationThreshold: 58_500,
      sasl: { mechanism: 'scram-sha-256', username: 'alice', password: 'secret' },
      socketFactory({ host, port, onConnect }) {
        connections++
        const socket = connect(port, host, onConnect)
        const write = socket.write.bind(socket)
        socket.write = ((bytes: Buffer, ...rest: []) => {
          if (Buffer.from(bytes).readInt16BE(4) === saslHandshake.key) handshakes++
          return write(bytes, ...rest)
        }) as typeof socket.write
        return socket
      },
    })
    const admin = kafka.admin()
    await admin.connect()
    const before = connections
    while (handshakes <= before) {
      expect((await admin.describeCluster()).brokers).toHaveLength(1)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    expect((await admin.describeCluster()).brokers).toHaveLength(1)
    expect(connections).toBe(before)
    await admin.disconnect()
    expect(log).toEqual([])
  })
})
