import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { TlsOptions } from '../../../plugins/broker/security/tls.ts'
import { type BrokerOptions, type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import * as pem from './certificates.ts'
import { batchOf, frameOf, software, TestClient, until } from './client.ts'

const server = { key: pem.serverKey, cert: pem.serverCert }
const own = { key: pem.clientKey, cert: pem.clientCert }
const strange = { key: pem.strangerKey, cert: pem.strangerCert }

const log: string[] = []
let broker: RunningBroker

async function begin(options: BrokerOptions): Promise<void> {
  log.length = 0
  broker = await startBroker(options, line => log.push(line))
}
afterEach(() => broker?.close())

/** A client over TLS; in TLS 1.3 it is told of a certificate that is refused only after it has connected. */
async function secure(options: ConnectionOptions = {}): Promise<TestClient> {
  const socket = connect({ port: broker.port, host: '127.0.0.1', ca: pem.ca, ...options })
  await once(socket, 'secureConnect')
  return new TestClient(socket)
}

const served = async (client: TestClient) => (await client.call(apiVersions, 3, software)).errorCode === 0

describe('over TLS', () => {
  it('a client is served, with frames that take many TLS records', async () => {
    await begin({ tls: server })
    const client = await secure()
    await client.call(metadata, 1, { topics: [{ name: 'topic' }] })
    const records = batchOf(9, 100_000)
    const topicData = [{ name: 'topic', partitionData: [{ index: 0, records }] }]
    const produced = await client.call(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
    expect(produced.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
    const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 10_000_000 }]
    const topics = [{ topic: 'topic', partitions }]
    const fetched = await client.call(fetch, 11, { maxWaitMs: 1000, minBytes: 1, maxBytes: 1e7, topics })
    expect(fetched.responses[0]?.partitions[0]?.records?.length).toBe(records.length)
    client.close()
    expect(log).toEqual([])
  })

  it('all brokers of a cluster speak it, also one that has come back', async () => {
    await begin({ tls: server, brokers: 2 })
    await broker.stopBroker(1)
    await broker.startBroker(1)
    for (const address of broker.addresses) {
      const client = await secure({ port: Number(address.split(':')[1]) })
      expect(await served(client)).toBe(true)
      client.close()
    }
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async version => {
    await begin({ tls: server })
    const client = await secure({ minVersion: version, maxVersion: version })
    expect(await served(client)).toBe(true)
  })

  it('a client that does not trust the broker goes away, others are served', async () => {
    await begin({ tls: server })
    await expect(secure({ ca: pem.strangerCert })).rejects.toThrow('unable to')
    const client = await secure()
    expect(await served(client)).toBe(true)
  })

  it('connections in the middle of the handshake do not keep the broker from closing', async () => {
    await begin({ tls: server })
    const socket = connectPlain(broker.port, '127.0.0.1')
    await once(socket, 'connect')
    await Promise.all([broker.close(), once(socket, 'close')])
  })
})

describe('clients’ certificates', () => {
  it.each([
    ['required', own, undefined],
    ['requested', own, undefined],
    ['requested', {}, undefined],
    ['required', {}, 'no TLS handshake: peer did not return a certificate'],
    ['required', strange, 'its certificate is refused: DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['requested', strange, 'its certificate is refused: DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const)('%s: %#', async (clientAuth, given, refusal) => {
    await begin({ tls: { ...server, ca: pem.ca, clientAuth } })
    const client = await secure(given)
    if (refusal === undefined) {
      expect(await served(client)).toBe(true)
      expect(log).toEqual([])
      return
    }
    expect(await client.send(frameOf(apiVersions, 3, software))).toBeUndefined()
    await until(() => log.length > 0, 'a line in the log')
    expect(log[0]).toMatch(/^broker: connection .*closed: /)
    expect(log[0]).toContain(refusal)
    expect(log).toHaveLength(1)
  })

  it('are required where an authority is given', async () => {
    await begin({ tls: { ...server, ca: pem.ca } })
    const client = await secure()
    expect(await client.send(frameOf(apiVersions, 3, software))).toBeUndefined()
  })
})

describe('the wrong protocol closes the connection, with a line that says so', () => {
  it.each([
    ['a request', frameOf(apiVersions, 3, software)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('%s in plaintext where TLS is spoken', async (_, bytes) => {
    await begin({ tls: server })
    const client = await TestClient.to(broker.port)
    client.socket.write(bytes)
    await client.closed
    await until(() => log.length > 0, 'a line in the log')
    expect(log).toHaveLength(1)
    expect(log[0]).toMatch(/^broker: connection from 127\.0\.0\.1:\d+ closed: /)
    expect(log[0]).toContain('it speaks plaintext, and this port speaks TLS')
  })

  it('TLS where plaintext is spoken', async () => {
    await begin({})
    await expect(secure()).rejects.toThrow()
    expect(log).toHaveLength(1)
    expect(log[0]).toContain('it looks like a TLS handshake, and this port speaks plaintext')
  })
})

describe('kafkajs', () => {
  const password = 'a long, secret=password'
  const sasl: (SASLOptions | undefined)[] = [
    undefined,
    { mechanism: 'plain', username: 'al,ice', password },
    { mechanism: 'scram-sha-256', username: 'al,ice', password },
    { mechanism: 'scram-sha-512', username: 'al,ice', password },
  ]
  const protocols = sasl.flatMap(each => [
    { tls: false, sasl: each },
    { tls: true, sasl: each },
  ])
  it.each(protocols)('reads what it has written: %#', async ({ tls, sasl: credentials }) => {
    await begin({
      ...(tls && { tls: { ...server, ca: pem.ca } }),
      ...(credentials && { sasl: { users: { 'al,ice': password } } }),
    })
    const kafka = new Kafka({
      brokers: [broker.address],
      logLevel: logLevel.NOTHING,
      ...(tls && { ssl: { ca: [pem.ca], ...own } }),
      ...(credentials && { sasl: credentials }),
    })
    const values = Array.from({ length: 100 }, (_, n) => `value ${n}`)
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'topic', messages: values.map(value => ({ value })) })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: 'group', maxWaitTimeInMs: 100 })
    const read: string[] = []
    await consumer.subscribe({ topic: 'topic', fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void read.push(String(message.value)) })
    await until(() => read.length >= values.length, 'all is read')
    await consumer.disconnect()
    expect(read).toEqual(values)
    expect(log).toEqual([])
  })

  it('is told of a wrong password', async () => {
    await begin({ tls: server, sasl: { users: { alice: password } } })
    const kafka = new Kafka({
      brokers: [broker.address],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ssl: { ca: [pem.ca] },
      sasl: { mechanism: 'plain', username: 'alice', password: 'wrong' },
    })
    await expect(kafka.admin().connect()).rejects.toThrow('Invalid username or password')
  })
})

describe('options that make no sense are refused with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const start = (tls: TlsOptions) => startBroker({ tls })

  it.each([
    [{ ...server, key: '/nowhere/key' }, 'tls.key: cannot read "/nowhere/key" (ENOENT): expected PEM'],
    [
      { ...server, key: pem.strangerKey },
      'tls.key is not that of tls.cert: OpenSSL does not take it (key values mismatch)',
    ],
    [
      { ...server, cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'tls.cert: OpenSSL does not take it',
    ],
    [{ key: pem.serverCert, cert: pem.serverKey }, 'tls.key holds CERTIFICATE: expected a private key'],
    [{ ...server, cert: pem.serverKey }, 'tls.cert holds PRIVATE KEY: expected a certificate'],
    [{ ...server, ca: pem.serverKey }, 'tls.ca holds PRIVATE KEY: expected a certificate'],
    [
      { ...server, key: pem.serverKey.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') },
      'tls.key holds ENCRYPTED PRIVATE KEY: expected a private key without a passphrase',
    ],
    [{ ...server, clientAuth: 'required' as const }, 'tls.clientAuth is "required" without a tls.ca'],
    [
      { ...server, clientAuth: 'maybe' as 'none' },
      'tls.clientAuth is "maybe": expected one of none, requested, required',
    ],
  ])('%#', async (tls, message) => {
    await expect(start(tls)).rejects.toThrow(message)
  })

  it('a file without PEM, and takes those that have it', async () => {
    const [key, cert, none] = ['key', 'cert', 'none'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(key, pem.serverKey)
    writeFileSync(cert, pem.serverCert)
    writeFileSync(none, 'nothing')
    await expect(start({ key, cert: none })).rejects.toThrow(`tls.cert: "${none}" has no PEM in it`)
    await begin({ tls: { key, cert } })
    expect(await served(await secure())).toBe(true)
  })

  it('no file that has both, for either', async () => {
    const both = join(folder, 'both')
    writeFileSync(both, pem.serverKey + pem.serverCert)
    await begin({ tls: { key: both, cert: both } })
    expect(await served(await secure())).toBe(true)
  })
})
