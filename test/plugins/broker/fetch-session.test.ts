import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FetchSessions } from '../../../plugins/broker/fetch/session.ts'
import type { FetchRequest } from '../../../plugins/broker/fetch/wanted.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteRecords, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import { batchOf, TestClient } from './client.ts'

let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({}, () => {})
  client = await TestClient.to(broker.port)
})
afterAll(async () => {
  client.close()
  await broker.close()
})

let topics = 0
async function newTopic(name = `topic-${++topics}`): Promise<{ name: string; id: string }> {
  const asked = [{ name, numPartitions: 3, replicationFactor: 1 }]
  return { name, id: (await client.call(createTopics, 7, { topics: asked })).topics[0]!.topicId }
}

async function send(topic: string, index: number): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index, records: batchOf(1) }] }]
  await client.call(produce, 9, { acks: 1, timeoutMs: 1000, topicData })
}

const at = (partition: number, fetchOffset = 0) => ({ partition, fetchOffset, partitionMaxBytes: 1e6 })

/** A fetch that does not wait. */
async function ask(
  sessionId: number,
  sessionEpoch: number,
  asked: Parameters<typeof client.call<typeof fetch.request, typeof fetch.response>>[2]['topics'] = [],
  more: { forgottenTopicsData?: { topic?: string; topicId?: string; partitions: number[] }[] } = {},
  version = 12,
) {
  const request = {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1e7,
    sessionId,
    sessionEpoch,
    topics: asked,
    ...more,
  }
  const answer = await client.call(fetch, version, request)
  const partitions = answer.responses.flatMap(topic => topic.partitions)
  return { ...answer, partitions, indexes: partitions.map(({ partitionIndex }) => partitionIndex) }
}

describe('a fetch session', () => {
  it('answers everything once, then what is new', async () => {
    const { name } = await newTopic()
    const full = await ask(0, 0, [{ topic: name, partitions: [at(0), at(1), at(2)] }])
    expect(full.indexes).toEqual([0, 1, 2])
    expect(full.sessionId).toBeGreaterThan(0)
    expect(await ask(full.sessionId, 1)).toMatchObject({
      responses: [],
      sessionId: full.sessionId,
      errorCode: 0,
    })
    await send(name, 1)
    const some = await ask(full.sessionId, 2)
    expect(some.indexes).toEqual([1])
    expect(some.partitions[0]?.records?.length).toBeGreaterThan(0)
    // again until the client moves on
    expect((await ask(full.sessionId, 3)).indexes).toEqual([1])
    expect((await ask(full.sessionId, 4, [{ topic: name, partitions: [at(1, 1)] }])).indexes).toEqual([])
  })

  it('tells a log start that has moved, and an error as long as it lasts', async () => {
    const { name } = await newTopic()
    await send(name, 0)
    const { sessionId } = await ask(0, 0, [{ topic: name, partitions: [at(0, 1)] }])
    expect((await ask(sessionId, 1)).indexes).toEqual([])
    const partitions = [{ partitionIndex: 0, offset: 1 }]
    await client.call(deleteRecords, 2, { topics: [{ name, partitions }], timeoutMs: 1000 })
    expect((await ask(sessionId, 2)).partitions).toMatchObject([{ logStartOffset: 1n, errorCode: 0 }])
    const outside = [{ topic: name, partitions: [at(0, 9)] }]
    for (const epoch of [3, 4]) {
      const { partitions: told } = await ask(sessionId, epoch, outside)
      expect(told).toMatchObject([{ errorCode: errorCodes.OFFSET_OUT_OF_RANGE }])
    }
    const { partitions: told } = await ask(sessionId, 5, [{ topic: name, partitions: [at(0, 1)] }])
    expect(told).toMatchObject([{ errorCode: 0, highWatermark: 1n }])
  })

  it('takes partitions in and lets them go, and ends with the last', async () => {
    const { name } = await newTopic()
    const { sessionId } = await ask(0, 0, [{ topic: name, partitions: [at(0)] }])
    expect((await ask(sessionId, 1, [{ topic: name, partitions: [at(2)] }])).indexes).toEqual([2])
    const forget = (...partitions: number[]) => ({ forgottenTopicsData: [{ topic: name, partitions }] })
    await send(name, 0)
    expect((await ask(sessionId, 2, [], forget(0))).indexes).toEqual([])
    expect((await ask(sessionId, 3, [], forget(2))).sessionId).toBe(0)
    expect((await ask(sessionId, 4)).errorCode).toBe(errorCodes.FETCH_SESSION_ID_NOT_FOUND)
  })

  it('knows its epoch, its kind and its id', async () => {
    const { name } = await newTopic()
    const { sessionId } = await ask(0, 0, [{ topic: name, partitions: [at(0)] }])
    const { INVALID_FETCH_SESSION_EPOCH, FETCH_SESSION_TOPIC_ID_ERROR, FETCH_SESSION_ID_NOT_FOUND } =
      errorCodes
    expect((await ask(sessionId, 2)).errorCode).toBe(INVALID_FETCH_SESSION_EPOCH)
    expect((await ask(sessionId, 1, [], {}, 13)).errorCode).toBe(FETCH_SESSION_TOPIC_ID_ERROR)
    expect((await ask(sessionId + 1, 1)).errorCode).toBe(FETCH_SESSION_ID_NOT_FOUND)
    expect((await ask(0, 1)).errorCode).toBe(FETCH_SESSION_ID_NOT_FOUND)
    expect((await ask(sessionId, 1)).errorCode).toBe(0)
    // The final epoch closes it and begins none; so does every version before sessions.
    expect(await ask(sessionId, -1, [{ topic: name, partitions: [at(0)] }])).toMatchObject({
      sessionId: 0,
      indexes: [0],
    })
    expect((await ask(sessionId, 2)).errorCode).toBe(FETCH_SESSION_ID_NOT_FOUND)
    const old = await client.call(fetch, 6, { topics: [{ topic: name, partitions: [at(0)] }] })
    expect(old.responses[0]!.partitions).toHaveLength(1)
  })

  it('has its turns: a partition that gave records comes after the others', async () => {
    const { name } = await newTopic()
    for (const partition of [0, 1, 2]) await send(name, partition)
    const request = { maxWaitMs: 0, minBytes: 1, maxBytes: 1, topics: [] }
    const all = [{ topic: name, partitions: [at(0), at(1), at(2)] }]
    const full = await client.call(fetch, 12, { ...request, sessionEpoch: 0, topics: all })
    const given = []
    for (let epoch = 1; epoch <= 3; epoch++) {
      const { sessionId } = full
      const answer = await client.call(fetch, 12, { ...request, sessionId, sessionEpoch: epoch })
      given.push(answer.responses[0]!.partitions.find(({ records }) => records?.length)?.partitionIndex)
    }
    expect(given).toEqual([0, 1, 2])
  })

  it('by ids tells a topic that was deleted, and one that was made anew', async () => {
    const { name, id } = await newTopic()
    const { sessionId } = await ask(0, 0, [{ topicId: id, partitions: [at(0)] }], {}, 13)
    await client.call(deleteTopics, 4, { topicNames: [name] })
    const { UNKNOWN_TOPIC_OR_PARTITION, INCONSISTENT_TOPIC_ID, UNKNOWN_TOPIC_ID } = errorCodes
    expect((await ask(sessionId, 1, [], {}, 13)).partitions[0]?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION)
    await newTopic(name)
    expect((await ask(sessionId, 2, [], {}, 13)).partitions[0]?.errorCode).toBe(INCONSISTENT_TOPIC_ID)
    const anew = await ask(0, 0, [{ topicId: id, partitions: [at(0)] }], {}, 13)
    expect(anew.partitions[0]?.errorCode).toBe(UNKNOWN_TOPIC_ID)
  })
})

describe('all sessions together', () => {
  const node = { id: 1, port: 1, up: true }
  const request = (partitions: number, topic = 'topic') =>
    ({
      sessionId: 0,
      sessionEpoch: 0,
      forgottenTopicsData: [],
      topics: [{ topic, topicId: '', partitions: Array.from({ length: partitions }, (_, n) => at(n)) }],
    }) as unknown as FetchRequest
  function begin(sessions: FetchSessions, asked: FetchRequest): number {
    const conversation = sessions.converse(asked, node, false)
    if (typeof conversation === 'number') throw new Error(`error ${conversation}`)
    const answers = conversation.wanted.map(({ topic, topicId, partition: partitionIndex }) => ({
      ...{ topic, topicId, partitionIndex, errorCode: 0, records: [], bytes: 0, abortedTransactions: null },
      ...{ highWatermark: 0, lastStableOffset: 0, logStartOffset: 0 },
    }))
    return conversation.tell(answers).sessionId
  }

  it('are at most 1000: who comes later is served without one', () => {
    const sessions = new FetchSessions()
    const ids = Array.from({ length: 1001 }, () => begin(sessions, request(1)))
    expect(ids.slice(0, 1000).every(id => id > 0)).toBe(true)
    expect(new Set(ids).size).toBe(1001)
    expect(ids[1000]).toBe(0)
    sessions.drop(node)
    expect(begin(sessions, request(1))).toBeGreaterThan(0)
  })

  it('hold a bounded number of bytes, and give them back', () => {
    const sessions = new FetchSessions()
    const ids = Array.from({ length: 20 }, () => begin(sessions, request(1000, 'x'.repeat(10_000))))
    const taken = ids.filter(id => id > 0)
    expect(taken).toHaveLength(3)
    const ended = { ...request(0), sessionId: taken[0]!, sessionEpoch: -1 }
    expect(begin(sessions, ended)).toBe(0)
    expect(begin(sessions, request(1000, 'x'.repeat(10_000)))).toBeGreaterThan(0)
  })
})
