import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cluster } from '../../../plugins/broker/cluster.ts'
import { Connections } from '../../../plugins/broker/connections.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { batchOf, frameOf, TestClient, until } from './client.ts'

const MIB = 1024 * 1024
const RECORDS = 15

let cluster: Cluster
let connections: Connections
let server: Server
let port: number
const log: string[] = []

beforeEach(async () => {
  log.length = 0
  cluster = new Cluster({ retentionBytes: 64 * MIB, partitions: 1, brokers: 1 })
  const placement = { partitions: 1, factor: 1 }
  const topic = cluster.topics.create('large', placement, [
    { name: 'max.message.bytes', value: String(2 * MIB) },
  ])
  for (let n = 0; n < RECORDS; n++) topic.partitions[0]!.append(batchOf(1, MIB), topic.rules, 9, () => 0)
  connections = new Connections(24 * MIB)
  const place = { cluster, node: cluster.nodes.all[0]!, log: (line: string) => log.push(line) }
  server = createServer(socket => connections.accept(socket, place))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  connections.close()
  server.close()
  cluster.close()
})

const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 * MIB }]
const everything = { minBytes: 1, maxBytes: 100 * MIB, topics: [{ topic: 'large', partitions }] }

describe('a client that does not read', () => {
  it('gets no more answers made, and all of them when it reads', async () => {
    const client = await TestClient.to(port)
    client.socket.pause()
    const answers = Array.from({ length: 8 }, () => client.call(fetch, 11, everything))
    const other = await TestClient.to(port)
    for (let n = 0; n < 20; n++) await other.call(apiVersions, 0, {})
    // One answer is held for it; eight would be 120 MiB.
    expect(connections.held).toBeLessThan((RECORDS + 1) * MIB)
    client.socket.resume()
    for (const { responses } of await Promise.all(answers)) {
      expect(responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(RECORDS * MIB)
    }
    await until(() => connections.held === 0, 'nothing held')
    expect(log).toEqual([])
  })

  it('is closed when it holds the most of more than all may hold', async () => {
    const [first, second] = [await TestClient.to(port), await TestClient.to(port)]
    for (const client of [first, second]) {
      client.socket.pause()
      client.socket.write(frameOf(fetch, 11, everything))
    }
    await until(() => log.length === 1, 'one is closed')
    expect(log[0]).toMatch(
      /closed: it holds \d+ of the 25165824 bytes that all connections may hold together/,
    )
    expect(connections.held).toBeLessThan(24 * MIB)
    const third = await TestClient.to(port)
    expect((await third.call(fetch, 11, { ...everything, maxBytes: 1 })).responses).toHaveLength(1)
  })
})

describe('a client whose request waits', () => {
  /** One partition that has no more records, and many that are not there. */
  const waiting = (count: number) => {
    const asked = Array.from({ length: count }, (_, partition) => ({ partition, fetchOffset: RECORDS }))
    const topics = [{ topic: 'large', partitions: asked }]
    return { maxWaitMs: 2 ** 31 - 1, minBytes: 1, maxBytes: 1, topics }
  }
  const append = () => {
    const { partitions: logs, rules } = cluster.topics.get('large')!
    logs[0]!.append(batchOf(1), rules, 9, () => 0)
  }

  it('holds what that takes until it is answered', async () => {
    const client = await TestClient.to(port)
    const fetched = client.call(fetch, 4, waiting(10_000))
    await until(() => connections.held > 2 * MIB, 'it waits')
    append()
    expect((await fetched).responses.flatMap(each => each.partitions)).toHaveLength(10_000)
    await until(() => connections.held === 0, 'nothing held')
    expect(log).toEqual([])
  })

  it('is closed when it holds the most of more than all may hold', async () => {
    const frame = frameOf(fetch, 4, waiting(20_000))
    for (let n = 0; n < 6; n++) (await TestClient.to(port)).socket.write(frame)
    await until(() => log.length > 0, 'one is closed')
    expect(log[0]).toMatch(/closed: it holds \d+ of the 25165824 bytes/)
    expect(connections.held).toBeLessThan(24 * MIB)
  })

  it('holds what its fetch session has, however often it asks', async () => {
    connections = new Connections(MIB)
    const placement = { partitions: 100, factor: 1 }
    cluster.topics.create('many', placement)
    const asked = Array.from({ length: 100 }, (_, partition) => ({ partition, partitionMaxBytes: 1 }))
    const client = await TestClient.to(port)
    const first = await client.call(fetch, 11, {
      ...{ minBytes: 0, maxBytes: 1, sessionId: 0, sessionEpoch: 0 },
      topics: [{ topic: 'many', partitions: asked }],
    })
    const { sessionId } = first
    const again = (sessionEpoch: number) =>
      frameOf(fetch, 11, { maxWaitMs: 2 ** 31 - 1, minBytes: 1, maxBytes: 1, sessionId, sessionEpoch })
    for (let epoch = 1; epoch <= 30; epoch++) {
      const held = connections.held
      const before = log.length
      ;(await TestClient.to(port)).socket.write(again(epoch))
      await until(() => connections.held > held || log.length > before, 'it waits')
    }
    expect(log.length).toBeGreaterThan(0)
    expect(connections.held).toBeLessThanOrEqual(MIB)
  })
})

describe('many clients', () => {
  it('hold no more together than all may, however little each one holds', async () => {
    connections = new Connections(MIB)
    const announced = Buffer.alloc(100_000)
    announced.writeInt32BE(200_000)
    const clients = []
    for (let n = 0; n < 16; n++) {
      const client = await TestClient.to(port)
      client.socket.write(announced)
      clients.push(client)
    }
    await until(() => log.length >= 6, 'those above the bound are closed')
    expect(connections.held).toBeLessThanOrEqual(MIB)
    expect(connections.held).toBeGreaterThan(MIB - 200_000)
  })
})

describe('a client that sends', () => {
  it('requests that are never whole is closed when it holds the most of too much', async () => {
    const announced = Buffer.alloc(4)
    announced.writeInt32BE(90 * MIB)
    const client = await TestClient.to(port)
    client.socket.write(announced)
    client.socket.write(Buffer.alloc(20 * MIB))
    await until(() => connections.held >= 20 * MIB, 'all has come')
    expect(log).toEqual([])
    client.socket.write(Buffer.alloc(20 * MIB))
    await client.closed
    expect(log[0]).toMatch(/closed: it holds 25\d+ of the 25165824 bytes/)
    expect(connections.held).toBe(0)
  })

  it('while its fetch waits is not read beyond a bound, and answered in order', async () => {
    const client = await TestClient.to(port)
    const waiting = [{ topic: 'large', partitions: [{ ...partitions[0], fetchOffset: RECORDS }] }]
    const fetched = client.call(fetch, 11, { maxWaitMs: 2 ** 31 - 1, minBytes: 1, topics: waiting })
    const topics = Array.from({ length: 2000 }, (_, n) => ({ name: `there is no topic of this name ${n}` }))
    const asked = { topics, allowAutoTopicCreation: false }
    const answers = Array.from({ length: 60 }, () => client.call(metadata, 4, asked))
    const other = await TestClient.to(port)
    for (let n = 0; n < 20; n++) await other.call(apiVersions, 0, {})
    expect(connections.held).toBeLessThan(2 * MIB)
    const { partitions: logs, rules } = cluster.topics.get('large')!
    logs[0]!.append(batchOf(1), rules, 9, () => 0)
    expect((await fetched).responses[0]?.partitions[0]?.highWatermark).toBe(BigInt(RECORDS + 1))
    for (const answer of await Promise.all(answers)) expect(answer.topics).toHaveLength(2000)
  })
})
