import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { fetch, offsetForLeaderEpoch } from '../../../plugins/protocol/messages/fetch.ts'
import { findCoordinator, joinGroup } from '../../../plugins/protocol/messages/groups.ts'
import { describeCluster, metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics } from '../../../plugins/protocol/messages/topics.ts'
import { batchOf, TestClient, until } from './client.ts'

const FOREVER_MS = 2 ** 31 - 1
const { NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, NOT_COORDINATOR, NOT_ENOUGH_REPLICAS } = errorCodes

let broker: RunningBroker
/** A connection to each broker, by its id. */
let to: TestClient[]

beforeAll(async () => {
  broker = await startBroker({ brokers: 3 }, () => {})
})
afterAll(() => broker.close())
beforeEach(async () => {
  for (const id of [1, 2, 3]) await broker.startBroker(id)
  const ports = broker.addresses.map(address => Number(address.split(':')[1]))
  to = [undefined as never, ...(await Promise.all(ports.map(port => TestClient.to(port))))]
})
afterEach(() => {
  for (const client of to) client?.close()
})

let topics = 0
async function newTopic(
  numPartitions = 1,
  replicationFactor = 3,
  configs: { name: string; value: string }[] = [],
) {
  const name = `topic-${++topics}`
  const asked = [{ name, numPartitions, replicationFactor, configs }]
  const answer = await to[1]!.call(createTopics, 7, { topics: asked })
  expect(answer.topics[0]!.errorCode).toBe(0)
  return { name, id: answer.topics[0]!.topicId }
}

async function partitionsOf(name: string, by = to[1]!) {
  const answer = await by.call(metadata, 9, { topics: [{ name }], allowAutoTopicCreation: false })
  return answer.topics[0]!.partitions
}

const leaderOf = async (name: string, by?: TestClient) => (await partitionsOf(name, by))[0]!.leaderId

async function send(name: string, id: number, version = 10, acks = -1) {
  const topicData = [{ name, partitionData: [{ index: 0, records: batchOf(1) }] }]
  const answer = await to[id]!.call(produce, version, { acks, timeoutMs: 1000, topicData })
  return { ...answer.responses[0]!.partitionResponses[0]!, nodeEndpoints: answer.nodeEndpoints }
}

async function read(name: string, id: number, version: number, currentLeaderEpoch = -1, maxWaitMs = 0) {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6, currentLeaderEpoch }]
  const topic = version >= 13 ? { topicId: name } : { topic: name }
  const request = { maxWaitMs, minBytes: 1, topics: [{ ...topic, partitions }] }
  const answer = await to[id]!.call(fetch, version, request)
  return { ...answer.responses[0]!.partitions[0]!, nodeEndpoints: answer.nodeEndpoints }
}

const endpoint = (nodeId: number) => ({
  nodeId,
  host: '127.0.0.1',
  port: Number(broker.addresses[nodeId - 1]!.split(':')[1]),
  rack: null,
})

describe('leaders', () => {
  it('are spread, and have replicas on the other brokers', async () => {
    const { name } = await newTopic(3, 2)
    const partitions = await partitionsOf(name)
    expect(new Set(partitions.map(each => each.leaderId))).toEqual(new Set([1, 2, 3]))
    for (const { leaderId, replicaNodes, isrNodes, offlineReplicas } of partitions) {
      expect(replicaNodes).toHaveLength(2)
      expect(replicaNodes[0]).toBe(leaderId)
      expect([isrNodes, offlineReplicas]).toEqual([replicaNodes, []])
    }
  })

  it('alone take records: who asks elsewhere is told where', async () => {
    const { name, id } = await newTopic()
    const leader = await leaderOf(name)
    const other = (leader % 3) + 1
    const elsewhere = {
      errorCode: NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: leader, leaderEpoch: 0 },
    }
    expect(await send(name, other)).toMatchObject({ ...elsewhere, nodeEndpoints: [endpoint(leader)] })
    expect((await send(name, other, 9)).errorCode).toBe(NOT_LEADER_OR_FOLLOWER)
    expect((await send(name, leader)).errorCode).toBe(0)
    // A consumer may read from any replica since it says where it is.
    expect((await read(name, other, 10)).errorCode).toBe(NOT_LEADER_OR_FOLLOWER)
    expect(await read(name, other, 11)).toMatchObject({
      errorCode: 0,
      preferredReadReplica: -1,
      highWatermark: 1n,
    })
    broker.moveLeader(name, 0, other)
    const moved = { errorCode: FENCED_LEADER_EPOCH, currentLeader: { leaderId: other, leaderEpoch: 1 } }
    expect(await read(id, leader, 16, 0)).toMatchObject({ ...moved, nodeEndpoints: [endpoint(other)] })
    expect((await read(name, leader, 12, 0)).currentLeader).toEqual({ leaderId: -1, leaderEpoch: -1 })
  })

  it('are no replicas of what is on another broker', async () => {
    const { name } = await newTopic(1, 1)
    const other = ((await leaderOf(name)) % 3) + 1
    expect((await read(name, other, 12)).errorCode).toBe(NOT_LEADER_OR_FOLLOWER)
  })

  it('that move end a fetch that waits', async () => {
    const { name } = await newTopic()
    const leader = await leaderOf(name)
    const byEpoch = read(name, leader, 12, 0, FOREVER_MS)
    const other = await TestClient.to(endpoint(leader).port)
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
    const request = { maxWaitMs: FOREVER_MS, minBytes: 1, topics: [{ topic: name, partitions }] }
    const byPlace = other.call(fetch, 10, request)
    await leaderOf(name, to[(leader % 3) + 1])
    broker.moveLeader(name, 0, (leader % 3) + 1)
    expect((await byEpoch).errorCode).toBe(FENCED_LEADER_EPOCH)
    expect((await byPlace).responses[0]!.partitions[0]!.errorCode).toBe(NOT_LEADER_OR_FOLLOWER)
    other.close()
  })

  it('leave their epochs: where each ended, and where a client parted from the log', async () => {
    const { name } = await newTopic()
    const [first, second] = [1, 2].map(n => ((topics + n) % 3) + 1) as [number, number]
    broker.moveLeader(name, 0, first)
    const began = (await partitionsOf(name))[0]!.leaderEpoch
    await send(name, first)
    await send(name, first)
    broker.moveLeader(name, 0, second)
    broker.moveLeader(name, 0, first)
    broker.moveLeader(name, 0, second)
    await send(name, second)
    const asked = [began, began + 1, began + 3, began + 4]
    const end = async (leaderEpoch: number) => {
      const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }]
      const answer = await to[second]!.call(offsetForLeaderEpoch, 4, {
        topics: [{ topic: name, partitions }],
      })
      const { errorCode, leaderEpoch: epoch, endOffset } = answer.topics[0]!.partitions[0]!
      return [errorCode, epoch, Number(endOffset)]
    }
    const ends = []
    for (const epoch of asked) ends.push(await end(epoch))
    // The leader between them has written nothing, so the one before it counts.
    expect(ends).toEqual([
      [0, began, 2],
      [0, began, 2],
      [0, began + 3, 3],
      [0, -1, -1],
    ])
    const fetched = async (fetchOffset: number, lastFetchedEpoch: number) => {
      const partitions = [{ partition: 0, fetchOffset, lastFetchedEpoch, partitionMaxBytes: 1e6 }]
      const answer = await to[second]!.call(fetch, 12, { topics: [{ topic: name, partitions }] })
      return answer.responses[0]!.partitions[0]!
    }
    expect(await fetched(3, began)).toMatchObject({
      errorCode: 0,
      divergingEpoch: { epoch: began, endOffset: 2n },
    })
    expect((await fetched(2, began)).divergingEpoch).toEqual({ epoch: -1, endOffset: -1n })
    expect((await fetched(3, began + 9)).errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
  })
})

describe('a broker that is stopped', () => {
  it('is in no metadata, leads nothing, and comes back as a replica', async () => {
    const { name } = await newTopic()
    broker.moveLeader(name, 0, 2)
    const [before] = await partitionsOf(name)
    await broker.stopBroker(2)
    await to[2]!.closed
    const answer = await to[1]!.call(metadata, 9, { topics: [{ name }] })
    expect(answer.brokers.map(({ nodeId }) => nodeId)).toEqual([1, 3])
    const [partition] = answer.topics[0]!.partitions
    expect(partition).toMatchObject({ leaderEpoch: before!.leaderEpoch + 1, offlineReplicas: [2] })
    expect([1, 3]).toContain(partition!.leaderId)
    const fenced = await to[1]!.call(describeCluster, 2, { includeFencedBrokers: true })
    expect(fenced.brokers.map(({ isFenced }) => isFenced)).toEqual([false, true, false])
    await broker.startBroker(2)
    const [after] = await partitionsOf(name)
    expect(after).toMatchObject({ leaderId: partition!.leaderId, offlineReplicas: [] })
    expect([...after!.isrNodes].sort()).toEqual([1, 2, 3])
  })

  it('is missed by acks=all when too few are left', async () => {
    const { name } = await newTopic(1, 2, [{ name: 'min.insync.replicas', value: '2' }])
    const [{ replicaNodes } = { replicaNodes: [] }] = await partitionsOf(name)
    const [leader, follower] = replicaNodes as [number, number]
    await broker.stopBroker(follower)
    expect((await send(name, leader)).errorCode).toBe(NOT_ENOUGH_REPLICAS)
    expect((await send(name, leader, 10, 1)).errorCode).toBe(0)
    await broker.startBroker(follower)
    expect(await send(name, leader)).toMatchObject({ errorCode: 0, baseOffset: 1n })
  })
})

describe('a coordinator', () => {
  const coordinator = async (key: string, by = to[1]!) =>
    (await by.call(findCoordinator, 4, { keyType: 0, coordinatorKeys: [key] })).coordinators[0]!.nodeId

  it('that moves sends those away who wait for it', async () => {
    const group = {
      groupId: 'moving',
      sessionTimeoutMs: 60_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
    }
    const protocols = [{ name: 'range', metadata: Buffer.alloc(1) }]
    broker.moveCoordinator('moving', 1)
    // Two members: the second waits for the first to join again.
    const { memberId } = await to[1]!.call(joinGroup, 3, { ...group, protocols })
    expect(memberId).not.toBe('')
    const waiting = to[1]!.call(joinGroup, 3, { ...group, protocols })
    await coordinator('moving', to[2])
    broker.moveCoordinator('moving', 3)
    expect((await waiting).errorCode).toBe(NOT_COORDINATOR)
    expect(await coordinator('moving', to[2])).toBe(3)
    const again = await to[1]!.call(joinGroup, 3, { ...group, protocols, memberId })
    expect(again.errorCode).toBe(NOT_COORDINATOR)
  })

  it('goes to another broker when its own goes, and takes no others along', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `group-${n}`)
    const before = await Promise.all(keys.map(key => coordinator(key)))
    expect(new Set(before)).toEqual(new Set([1, 2, 3]))
    await broker.stopBroker(2)
    const during = await Promise.all(keys.map(key => coordinator(key)))
    expect(during.every((id, at) => (before[at] === 2 ? id !== 2 : id === before[at]))).toBe(true)
  })
})

describe('kafkajs on three brokers', () => {
  it('loses nothing when leaders, a broker and a coordinator go', async () => {
    const kafka = new Kafka({
      brokers: [...broker.addresses],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 30 },
    })
    const topic = 'survives'
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }] })
    await admin.disconnect()
    const producer = kafka.producer({ metadataMaxAge: 1000 })
    const consumer = kafka.consumer({
      groupId: 'survivors',
      sessionTimeout: 6000,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 50,
      metadataMaxAge: 1000,
    })
    await Promise.all([producer.connect(), consumer.connect()])
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      const got = new Set<string>()
      await consumer.run({ eachMessage: async ({ message }) => void got.add(String(message.value)) })
      const sent: string[] = []
      // One partition a request: when a leader moves, kafkajs forgets what a broker that has answered should get now.
      const some = async () => {
        for (const partition of [0, 1, 2]) {
          const values = Array.from({ length: 10 }, (_, n) => `v${sent.length + n}`)
          sent.push(...values)
          await producer.send({ topic, acks: -1, messages: values.map(value => ({ partition, value })) })
        }
      }
      await some()
      await until(() => got.size === sent.length, 'the first records')
      for (const partition of [0, 1, 2]) {
        const leader = (await partitionsOf(topic)).find(each => each.partitionIndex === partition)!.leaderId
        broker.moveLeader(topic, partition, (leader % 3) + 1)
      }
      await some()
      await until(() => got.size === sent.length, 'records after the leaders have moved')
      await broker.stopBroker(3)
      await some()
      await broker.startBroker(3)
      await until(() => got.size === sent.length, 'records while a broker was gone')
      broker.moveCoordinator('survivors', 2)
      await some()
      broker.moveCoordinator('survivors', 1)
      await some()
      await until(() => got.size === sent.length, 'records after the coordinator has moved')
      expect([...got].sort()).toEqual([...sent].sort())
    } finally {
      await Promise.all([producer.disconnect(), consumer.disconnect()])
    }
  }, 60_000)
})

describe('options', () => {
  it('say what is wrong with them', async () => {
    await expect(startBroker({ brokers: 0 })).rejects.toThrow('brokers is 0, not an integer from 1 to 100')
    await expect(startBroker({ brokers: 3, port: 65534 })).rejects.toThrow(
      'port is 65534, not an integer from 0 to 65533',
    )
    await expect(startBroker({ retentionCheckMs: 1 })).rejects.toThrow(
      'retentionCheckMs is 1, not an integer from 10',
    )
    await expect(broker.stopBroker(4)).rejects.toThrow('broker is 4, not an integer from 1 to 3')
    expect(() => broker.moveLeader('nowhere', 0, 1)).toThrow('there is no topic "nowhere"')
  })
})
