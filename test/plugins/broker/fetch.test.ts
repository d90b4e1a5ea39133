import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import { ZERO_UUID } from '../../../plugins/protocol/scalar.ts'
import { batchOf, TestClient } from './client.ts'

/** Longer than any test may take: what comes back has been woken. */
const FOREVER_MS = 2 ** 31 - 1

let broker: RunningBroker
let producer: TestClient
let consumer: TestClient

beforeAll(async () => {
  broker = await startBroker({ retentionBytes: 64 * 1024 * 1024 }, () => {})
})
afterAll(() => broker.close())
beforeEach(async () => {
  producer = await TestClient.to(broker.port)
  consumer = await TestClient.to(broker.port)
})
afterEach(() => {
  producer.close()
  consumer.close()
})

let topics = 0
async function newTopic(numPartitions = 1): Promise<{ name: string; id: string }> {
  const name = `topic-${++topics}`
  const configs = [{ name: 'max.message.bytes', value: '10000000' }]
  const asked = [{ name, numPartitions, replicationFactor: 1, configs }]
  const answer = await producer.call(createTopics, 7, { topics: asked })
  return { name, id: answer.topics[0]!.topicId }
}

async function send(topic: string, batch: Buffer, index = 0): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index, records: batch }] }]
  const answer = await producer.call(produce, 9, { acks: 1, timeoutMs: 1000, topicData })
  expect(answer.responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
}

interface Asked {
  maxWaitMs?: number
  minBytes?: number
  maxBytes?: number
  partitionMaxBytes?: number
  offsets?: readonly number[]
}

async function read(topic: string, asked: Asked = {}) {
  const { maxWaitMs = 0, minBytes = 1, maxBytes = 1e9, partitionMaxBytes = 1e9, offsets = [0] } = asked
  const partitions = offsets.map((fetchOffset, partition) => ({ partition, fetchOffset, partitionMaxBytes }))
  const answer = await consumer.call(fetch, 11, {
    maxWaitMs,
    minBytes,
    maxBytes,
    topics: [{ topic, partitions }],
  })
  return answer.responses[0]!.partitions
}

const bytesOf = (partitions: Awaited<ReturnType<typeof read>>) =>
  partitions.map(({ records }) => records?.length ?? 0)

/** Whether a promise is settled after everything sent so far has been answered. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.finally(() => {
    done = true
  })
  for (let n = 0; n < 5; n++) await producer.call(metadata, 4, { topics: [], allowAutoTopicCreation: false })
  return done
}

describe('Fetch', () => {
  it('waits for records, and answers when they come', async () => {
    const { name } = await newTopic(2)
    const batch = batchOf(1)
    const waiting = read(name, { maxWaitMs: FOREVER_MS, offsets: [0, 0] })
    expect(await settled(waiting)).toBe(false)
    await send(name, batch, 1)
    expect(bytesOf(await waiting)).toEqual([0, batch.length])
  })

  it('waits until there are minBytes, over all partitions', async () => {
    const { name } = await newTopic(2)
    const batch = batchOf(1)
    await send(name, batch, 0)
    const asked = { maxWaitMs: FOREVER_MS, minBytes: 3 * batch.length, offsets: [0, 0] }
    const waiting = read(name, asked)
    await send(name, batch, 1)
    expect(await settled(waiting)).toBe(false)
    await send(name, batch, 0)
    expect(bytesOf(await waiting)).toEqual([2 * batch.length, batch.length])
  })

  it('answers with nothing when the time is over, or when it may not wait', async () => {
    const { name } = await newTopic()
    expect(bytesOf(await read(name, { maxWaitMs: 20 }))).toEqual([0])
    expect(bytesOf(await read(name, { maxWaitMs: 0 }))).toEqual([0])
  })

  it('does not wait when nothing is asked for, or when there is an error to tell', async () => {
    const { name } = await newTopic()
    const { OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
    const none = await consumer.call(fetch, 11, { maxWaitMs: FOREVER_MS, minBytes: 1, topics: [] })
    expect(none.responses).toEqual([])
    const [first] = await read(name, { maxWaitMs: FOREVER_MS, offsets: [7] })
    expect(first?.errorCode).toBe(OFFSET_OUT_OF_RANGE)
    const [only] = await read('no-such-topic', { maxWaitMs: FOREVER_MS })
    expect(only?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('waits for the other partitions when one of them is not there', async () => {
    const { name } = await newTopic()
    const waiting = read(name, { maxWaitMs: FOREVER_MS, offsets: [0, 0] })
    expect(await settled(waiting)).toBe(false)
    await send(name, batchOf(1))
    const errors = (await waiting).map(({ errorCode }) => errorCode)
    expect(errors).toEqual([0, errorCodes.UNKNOWN_TOPIC_OR_PARTITION])
  })

  it('is woken when its topic is deleted', async () => {
    const { name } = await newTopic()
    const waiting = read(name, { maxWaitMs: FOREVER_MS })
    expect(await settled(waiting)).toBe(false)
    await producer.call(deleteTopics, 4, { topicNames: [name] })
    expect((await waiting)[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('gives at most maxBytes, but always one batch', async () => {
    const { name } = await newTopic(2)
    const batch = batchOf(1, 1000)
    for (let n = 0; n < 5; n++) for (const partition of [0, 1]) await send(name, batch, partition)
    const size = batch.length
    const offsets = [0, 0]
    expect(bytesOf(await read(name, { offsets, partitionMaxBytes: 2 * size }))).toEqual([2 * size, 2 * size])
    expect(bytesOf(await read(name, { offsets, maxBytes: 6 * size }))).toEqual([5 * size, size])
    expect(bytesOf(await read(name, { offsets, maxBytes: 1 }))).toEqual([size, 0])
    expect(bytesOf(await read(name, { offsets, partitionMaxBytes: 1 }))).toEqual([size, 0])
    expect(bytesOf(await read(name, { offsets: [5, 4], maxBytes: 1 }))).toEqual([0, size])
  })

  it('gives at most 16 MiB at once, whatever is asked for', async () => {
    const { name } = await newTopic()
    const batch = batchOf(1, 5_000_000)
    for (let n = 0; n < 5; n++) await send(name, batch)
    expect(bytesOf(await read(name, { maxBytes: 2 ** 31 - 1 }))).toEqual([3 * batch.length])
  })

  it('answers a partition that is asked for twice once', async () => {
    const { name } = await newTopic()
    await send(name, batchOf(1))
    const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }
    const asked = { topic: name, partitions: [partition, partition] }
    const answer = await consumer.call(fetch, 11, { minBytes: 1, topics: [asked, asked] })
    expect(answer.responses.map(each => each.partitions.length)).toEqual([1])
  })

  it('finds topics by id from version 13 on', async () => {
    const { id } = await newTopic()
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
    const by = async (topicId: string) =>
      (await consumer.call(fetch, 13, { topics: [{ topicId, partitions }] })).responses[0]!.partitions[0]!
    expect(await by(id)).toMatchObject({ errorCode: 0, highWatermark: 0n })
    expect(await by(ZERO_UUID)).toMatchObject({ errorCode: errorCodes.UNKNOWN_TOPIC_ID })
  })

  it('knows its leader epoch', async () => {
    const { name } = await newTopic()
    const partitions = [{ partition: 0, fetchOffset: 0, currentLeaderEpoch: 1 }]
    const answer = await consumer.call(fetch, 11, { topics: [{ topic: name, partitions }] })
    expect(answer.responses[0]!.partitions[0]!.errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
  })
})
