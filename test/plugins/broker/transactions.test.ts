import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { listOffsets } from '../../../plugins/protocol/messages/fetch.ts'
import { findCoordinator } from '../../../plugins/protocol/messages/groups.ts'
import { offsetCommit, offsetFetch } from '../../../plugins/protocol/messages/offsets.ts'
import { createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import {
  addPartitionsToTxn,
  describeProducers,
  describeTransactions,
  endTxn,
  listTransactions,
  writeTxnMarkers,
} from '../../../plugins/protocol/messages/transactions.ts'
import { decodeBatch } from '../../../plugins/protocol/records.ts'
import { software, TestClient } from './client.ts'
import {
  add,
  addGroup,
  commitOffset,
  end,
  type Identity,
  init,
  NOBODY,
  read,
  readAll,
  send,
  visible,
} from './transactional.ts'

let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({}, () => {})
})
afterAll(() => broker.close())
beforeEach(async () => {
  client = await TestClient.to(broker.port)
})
afterEach(() => client.close())

let names = 0
async function newTopic(numPartitions = 2): Promise<string> {
  const name = `topic-${++names}`
  const topics = [{ name, numPartitions, replicationFactor: 1 }]
  expect((await client.call(createTopics, 5, { topics })).topics[0]?.errorCode).toBe(0)
  return name
}

async function newProducer(options: object = {}): Promise<{ id: string; who: Identity }> {
  const id = `tx-${++names}`
  const { errorCode, ...who } = await init(client, id, options)
  expect(errorCode).toBe(0)
  return { id, who }
}

/** A producer with a topic in its transaction, and one batch of it. */
async function begun(values = ['a', 'b']) {
  const topic = await newTopic()
  const { id, who } = await newProducer()
  expect(await add(client, id, who, topic, [0])).toEqual([0])
  expect(await send(client, topic, who, 0, values, { transactionalId: id })).toMatchObject({ errorCode: 0 })
  return { topic, id, who }
}

async function latest(topic: string, isolationLevel: number): Promise<bigint> {
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const topics = [{ name: topic, partitions }]
  const answer = await client.call(listOffsets, 5, { replicaId: -1, isolationLevel, topics })
  return answer.topics[0]!.partitions[0]!.offset
}

async function valuesOf(topic: string, committed: boolean): Promise<string[]> {
  return (await readAll(client, topic, { committed })).records.map(each => each.value)
}

async function stateOf(id: string) {
  const answer = await client.call(describeTransactions, 0, { transactionalIds: [id] })
  return answer.transactionStates[0]!
}

const {
  CONCURRENT_TRANSACTIONS,
  INVALID_PRODUCER_EPOCH,
  INVALID_PRODUCER_ID_MAPPING,
  INVALID_REQUEST,
  INVALID_TRANSACTION_TIMEOUT,
  INVALID_TXN_STATE,
  NOT_COORDINATOR,
  OPERATION_NOT_ATTEMPTED,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
  PRODUCER_FENCED,
  TRANSACTION_ABORTABLE,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  TRANSACTIONAL_ID_NOT_FOUND,
  UNKNOWN_TOPIC_OR_PARTITION,
  UNSTABLE_OFFSET_COMMIT,
} = errorCodes

describe('a transaction', () => {
  it('is seen by read_uncommitted at once, and by read_committed when it is committed', async () => {
    const { topic, id, who } = await begun()
    expect(await valuesOf(topic, false)).toEqual(['a', 'b'])
    expect(await valuesOf(topic, true)).toEqual([])
    expect([await latest(topic, 0), await latest(topic, 1)]).toEqual([2n, 0n])
    expect(await end(client, id, who, true)).toMatchObject({ errorCode: 0 })
    expect(await valuesOf(topic, true)).toEqual(['a', 'b'])
    expect([await latest(topic, 0), await latest(topic, 1)]).toEqual([3n, 3n])
  })

  it('that is aborted is seen by read_uncommitted alone', async () => {
    const { topic, id, who } = await begun()
    await send(client, topic, NOBODY, -1, ['plain'])
    expect(await end(client, id, who, false)).toMatchObject({ errorCode: 0 })
    expect(await valuesOf(topic, false)).toEqual(['a', 'b', 'plain'])
    expect(await valuesOf(topic, true)).toEqual(['plain'])
  })

  it('ends with a marker as Kafka writes it', async () => {
    for (const commit of [true, false]) {
      const { topic, id, who } = await begun()
      await end(client, id, who, commit)
      const { header, records } = decodeBatch((await read(client, topic, { offset: 2 })).records!)
      expect(header).toMatchObject({
        ...who,
        baseOffset: 2,
        attributes: 0x30,
        lastOffsetDelta: 0,
        baseSequence: -1,
        recordsCount: 1,
      })
      expect(records).toHaveLength(1)
      expect(records[0]!.key!.toString('hex')).toBe(commit ? '00000001' : '00000000')
      expect(records[0]!.value!.toString('hex')).toBe('000000000000')
    }
  })

  it('holds back what others commit after its first record', async () => {
    const { topic, id, who } = await begun()
    const other = await newProducer()
    await add(client, other.id, other.who, topic, [0])
    await send(client, topic, other.who, 0, ['other'], { transactionalId: other.id })
    await end(client, other.id, other.who, true)
    expect(await read(client, topic, { committed: true })).toMatchObject({
      highWatermark: 4n,
      lastStableOffset: 0n,
      records: Buffer.alloc(0),
    })
    await end(client, id, who, false)
    expect(await valuesOf(topic, true)).toEqual(['other'])
  })

  it('is listed as aborted where a fetch meets it, and nowhere else', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    for (const [n, commit] of [false, true, false].entries()) {
      await add(client, id, who, topic, [0])
      await send(client, topic, who, n, [`v${n}`], { transactionalId: id })
      await end(client, id, who, commit)
    }
    const { producerId } = who
    const first = { producerId, firstOffset: 0n }
    const second = { producerId, firstOffset: 4n }
    const listed = async (offset: number, maxBytes = 1e6) =>
      (await read(client, topic, { committed: true, offset, maxBytes })).abortedTransactions
    expect(await listed(0)).toEqual([first, second])
    expect(await listed(1)).toEqual([first, second])
    expect(await listed(2)).toEqual([second])
    expect(await listed(0, 1)).toEqual([first])
    expect(await listed(2, 1)).toEqual([])
    expect(await listed(6)).toEqual([])
    expect((await read(client, topic)).abortedTransactions).toBeNull()
  })

  it('wakes a read_committed fetch with its marker, not with its records', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    await add(client, id, who, topic, [0])
    const waiting = await TestClient.to(broker.port)
    let woken = false
    const fetched = read(waiting, topic, { committed: true, maxWaitMs: 60_000 }).then(answer => {
      woken = true
      return answer
    })
    await send(client, topic, who, 0, ['a'], { transactionalId: id })
    expect(await valuesOf(topic, false)).toEqual(['a'])
    expect(woken).toBe(false)
    await end(client, id, who, true)
    expect(visible(await fetched).records.map(each => each.value)).toEqual(['a'])
    waiting.close()
  })

  it('is not judged by retention: records that go leave a stable offset that is there', async () => {
    const small = await startBroker({ retentionBytes: 65_536 }, () => {})
    const near = await TestClient.to(small.port)
    try {
      await near.call(createTopics, 5, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] })
      const { errorCode: _, ...who } = await init(near, 'tx')
      await add(near, 'tx', who, 't', [0])
      await send(near, 't', who, 0, ['old'], { transactionalId: 'tx' })
      for (let n = 0; n < 100; n++) await send(near, 't', NOBODY, -1, ['x'.repeat(2000)])
      const { logStartOffset, lastStableOffset } = await read(near, 't', { offset: 100, committed: true })
      expect(logStartOffset).toBeGreaterThan(0n)
      expect(lastStableOffset).toBe(logStartOffset)
      await end(near, 'tx', who, false)
      expect(await read(near, 't', { offset: 100, committed: true })).toMatchObject({
        lastStableOffset: 102n,
        abortedTransactions: [{ ...{ producerId: who.producerId }, firstOffset: 0n }],
      })
    } finally {
      near.close()
      await small.close()
    }
  })

  it('takes a batch only in partitions that were added', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    const refused = async (options: object, by = who, transactionalId: string | null = id) =>
      (await send(client, topic, by, 0, ['a'], { transactional: true, transactionalId, ...options }))
        .errorCode
    expect(await refused({})).toBe(INVALID_TXN_STATE)
    expect(await refused({ version: 11 })).toBe(TRANSACTION_ABORTABLE)
    expect(await refused({}, who, null)).toBe(TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    expect(await refused({}, who, 'nobody')).toBe(INVALID_PRODUCER_ID_MAPPING)
    expect(await refused({}, { ...who, producerEpoch: 5 })).toBe(INVALID_PRODUCER_EPOCH)
    await add(client, id, who, topic, [0])
    expect(await refused({ partition: 1 })).toBe(INVALID_TXN_STATE)
    expect(await refused({})).toBe(0)
    await end(client, id, who, true)
    expect(await refused({})).toBe(INVALID_TXN_STATE)
    expect(await valuesOf(topic, false)).toEqual(['a'])
  })

  it('takes no batch beside it from its producer', async () => {
    const { topic, who } = await begun()
    expect(await send(client, topic, who, 2, ['beside'])).toMatchObject({ errorCode: INVALID_TXN_STATE })
    expect(await valuesOf(topic, false)).toEqual(['a', 'b'])
  })

  it('knows a repeated batch, and a gap', async () => {
    const { topic, id, who } = await begun()
    const again = await send(client, topic, who, 0, ['a', 'b'], { transactionalId: id })
    expect(again).toMatchObject({ errorCode: 0, baseOffset: 0n })
    const gap = await send(client, topic, who, 3, ['c'], { transactionalId: id })
    expect(gap).toMatchObject({ errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER })
    await end(client, id, who, true)
    await add(client, id, who, topic, [0])
    const next = await send(client, topic, who, 2, ['c'], { transactionalId: id })
    expect(next).toMatchObject({ errorCode: 0, baseOffset: 3n })
  })

  it('survives the end of a topic it wrote to', async () => {
    const { topic, id, who } = await begun()
    const other = await newTopic()
    await add(client, id, who, other, [0])
    await send(client, other, who, 0, ['kept'], { transactionalId: id })
    await client.call(deleteTopics, 4, { topicNames: [topic] })
    expect(await end(client, id, who, true)).toMatchObject({ errorCode: 0 })
    expect(await valuesOf(other, true)).toEqual(['kept'])
  })
})

describe('InitProducerId', () => {
  it('gives an id its producer and one epoch after the other', async () => {
    const { id, who } = await newProducer()
    expect(who.producerEpoch).toBe(0)
    expect(await init(client, id)).toEqual({ errorCode: 0, ...who, producerEpoch: 1 })
    expect((await newProducer()).who.producerId).not.toBe(who.producerId)
  })

  it.each([
    ['an empty id', '', {}, INVALID_REQUEST],
    ['a producer id without an epoch', 'x', { producerId: 1n }, INVALID_REQUEST],
    ['no timeout', 'x', { transactionTimeoutMs: 0 }, INVALID_TRANSACTION_TIMEOUT],
    ['a timeout above 15 minutes', 'x', { transactionTimeoutMs: 900_001 }, INVALID_TRANSACTION_TIMEOUT],
  ] as const)('refuses %s', async (_, id, options, errorCode) => {
    expect(await init(client, id, options)).toEqual({ errorCode, ...NOBODY })
  })

  it('fences the producer before it, whose transaction is aborted first', async () => {
    const { topic, id, who } = await begun()
    expect(await init(client, id)).toMatchObject({ errorCode: CONCURRENT_TRANSACTIONS })
    expect(await init(client, id)).toEqual({ errorCode: 0, ...who, producerEpoch: 2 })
    expect(await valuesOf(topic, true)).toEqual([])
    expect(await latest(topic, 1)).toBe(3n)
    expect(await send(client, topic, who, 2, ['late'], { transactionalId: id })).toMatchObject({
      errorCode: INVALID_PRODUCER_EPOCH,
    })
    expect(await add(client, id, who, topic, [0])).toEqual([PRODUCER_FENCED])
    expect(await add(client, id, who, topic, [0], 1)).toEqual([INVALID_PRODUCER_EPOCH])
    expect(await addGroup(client, id, who, 'g')).toBe(PRODUCER_FENCED)
    expect(await addGroup(client, id, who, 'g', 1)).toBe(INVALID_PRODUCER_EPOCH)
    expect(await end(client, id, who, true)).toMatchObject({ errorCode: PRODUCER_FENCED })
    expect(await end(client, id, who, true, 1)).toMatchObject({ errorCode: INVALID_PRODUCER_EPOCH })
  })

  it('lets a producer that says who it is go on after an error, and repeat its request', async () => {
    const { id, who } = await newProducer()
    expect(await init(client, id, who)).toEqual({ errorCode: 0, ...who, producerEpoch: 1 })
    expect(await init(client, id, who)).toEqual({ errorCode: 0, ...who, producerEpoch: 1 })
    await init(client, id)
    expect(await init(client, id, who)).toEqual({ errorCode: PRODUCER_FENCED, ...NOBODY })
    expect(await init(client, id, who, 3)).toEqual({ errorCode: INVALID_PRODUCER_EPOCH, ...NOBODY })
    expect(await init(client, id, { producerId: 99_999n, producerEpoch: 0 })).toMatchObject({
      errorCode: PRODUCER_FENCED,
    })
  })

  it('gives a new producer id when the epochs run out', async () => {
    const { id, who } = await newProducer()
    let last: Identity = who
    for (let epoch = 1; epoch < 2 ** 15 - 1; epoch++) last = await init(client, id, last)
    expect(last).toMatchObject({ producerId: who.producerId, producerEpoch: 2 ** 15 - 2 })
    const next = await init(client, id, last)
    expect(next).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(next.producerId).not.toBe(who.producerId)
    expect(await init(client, id, last)).toMatchObject({ errorCode: 0, producerId: next.producerId })
  })
})

describe('AddPartitionsToTxn', () => {
  it('adds all partitions or none', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    expect(await add(client, id, who, topic, [0, 7])).toEqual([
      OPERATION_NOT_ATTEMPTED,
      UNKNOWN_TOPIC_OR_PARTITION,
    ])
    expect(await stateOf(id)).toMatchObject({ transactionState: 'Empty', topics: [] })
    expect(await add(client, id, { ...who, producerId: 99_999n }, topic, [0])).toEqual([
      INVALID_PRODUCER_ID_MAPPING,
    ])
    expect(await add(client, id, who, topic, [0, 1])).toEqual([0, 0])
    expect(await stateOf(id)).toMatchObject({ transactionState: 'Ongoing', topics: [{ partitions: [0, 1] }] })
  })

  it('takes several transactions at once, and only looks when it is to', async () => {
    const topic = await newTopic()
    const one = await newProducer()
    const two = await newProducer()
    const transactions = [one, two].map(({ id, who }, at) => ({
      transactionalId: id,
      ...who,
      verifyOnly: at === 1,
      topics: [{ name: topic, partitions: [0] }],
    }))
    const answer = await client.call(addPartitionsToTxn, 5, { transactions })
    expect(
      answer.resultsByTransaction.map(
        each => each.topicResults[0]!.resultsByPartition[0]!.partitionErrorCode,
      ),
    ).toEqual([0, TRANSACTION_ABORTABLE])
    expect(await stateOf(two.id)).toMatchObject({ transactionState: 'Empty' })
  })
})

describe('EndTxn', () => {
  it('may be repeated, and not be taken back', async () => {
    for (const commit of [true, false]) {
      const { id, who } = await begun()
      expect(await end(client, id, who, commit)).toMatchObject({ errorCode: 0 })
      expect(await end(client, id, who, commit)).toMatchObject({ errorCode: 0 })
      expect(await end(client, id, who, !commit)).toMatchObject({ errorCode: INVALID_TXN_STATE })
    }
  })

  it('refuses what is no transaction', async () => {
    const { id, who } = await newProducer()
    expect(await end(client, id, who, true)).toMatchObject({ errorCode: INVALID_TXN_STATE })
    expect(await end(client, id, who, false)).toMatchObject({ errorCode: INVALID_TXN_STATE })
    expect(await end(client, '', who, true)).toMatchObject({ errorCode: INVALID_REQUEST })
    const { INVALID_PRODUCER_ID_MAPPING: unknown } = errorCodes
    expect(await end(client, 'nobody', who, true)).toMatchObject({ errorCode: unknown })
    const { producerEpoch } = who
    expect(await end(client, id, { producerId: 99_999n, producerEpoch }, true)).toMatchObject({
      errorCode: unknown,
    })
  })
})

describe('a client with transaction.version 2', () => {
  const sending = (id: string) => ({ transactionalId: id, version: 12 })

  it('is told that there is such a thing', async () => {
    const { finalizedFeatures } = await client.call(apiVersions, 4, software)
    expect(finalizedFeatures).toContainEqual({
      name: 'transaction.version',
      minVersionLevel: 2,
      maxVersionLevel: 2,
    })
  })

  it('adds partitions by writing to them, and gets an epoch with each end', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    expect(await send(client, topic, who, 0, ['a'], sending(id))).toMatchObject({ errorCode: 0 })
    const next = await end(client, id, who, true, 5)
    expect(next).toMatchObject({ errorCode: 0, ...who, producerEpoch: 1 })
    // The answer was lost, and the client asks again.
    expect(await end(client, id, who, true, 5)).toMatchObject({ errorCode: 0, producerEpoch: 1 })
    expect(await end(client, id, who, false, 5)).toMatchObject({ errorCode: INVALID_TXN_STATE })
    expect(await send(client, topic, who, 1, ['late'], sending(id))).toMatchObject({
      errorCode: INVALID_PRODUCER_EPOCH,
    })
    expect(await send(client, topic, next, 1, ['gap'], sending(id))).toMatchObject({
      errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER,
    })
    expect(await send(client, topic, next, 0, ['b'], sending(id))).toMatchObject({ errorCode: 0 })
    expect(await end(client, id, next, false, 5)).toMatchObject({ errorCode: 0, producerEpoch: 2 })
    expect(await valuesOf(topic, true)).toEqual(['a'])
  })

  it('begins at 0 where it is not known, unlike others', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    for (const sequence of [5, 1]) {
      expect(await send(client, topic, who, sequence, ['late'], sending(id))).toMatchObject({
        errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER,
      })
    }
    expect(await send(client, topic, who, 0, ['a'], sending(id))).toMatchObject({ errorCode: 0 })
    expect(await send(client, topic, who, 1, ['b'], sending(id))).toMatchObject({ errorCode: 0 })
    const { id: other, who: older } = await newProducer()
    await add(client, other, older, topic, [0])
    const late = await send(client, topic, older, 5, ['c'], { transactionalId: other })
    expect(late).toMatchObject({ errorCode: 0, baseOffset: 2n })
  })

  it('may abort what has nothing in it, and not commit it', async () => {
    const { id, who } = await newProducer()
    expect(await end(client, id, who, true, 5)).toMatchObject({ errorCode: INVALID_TXN_STATE })
    expect(await end(client, id, who, false, 5)).toMatchObject({ errorCode: 0, ...who, producerEpoch: 1 })
  })

  it('gets a new producer id with the last epoch', async () => {
    const { id, who } = await newProducer()
    let last: Identity = who
    for (let epoch = 1; epoch < 2 ** 15 - 1; epoch++) last = await init(client, id, last)
    const topic = await newTopic()
    await send(client, topic, last, 0, ['a'], sending(id))
    const next = await end(client, id, last, true, 5)
    expect(next).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(next.producerId).not.toBe(who.producerId)
    expect(await end(client, id, last, true, 5)).toEqual(next)
    expect(await send(client, topic, next, 0, ['b'], sending(id))).toMatchObject({ errorCode: 0 })
  })

  it('commits offsets without adding the group first', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    expect(await commitOffset(client, id, who, 'implicit', topic, 5, { version: 4 })).toBe(
      TRANSACTION_ABORTABLE,
    )
    expect(await commitOffset(client, id, who, 'implicit', topic, 5, { version: 5 })).toBe(0)
    expect(await end(client, id, who, true, 5)).toMatchObject({ errorCode: 0 })
    expect(await committedOffset('implicit', topic)).toMatchObject({ committedOffset: 5n })
  })
})

describe('a transaction that takes too long', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is aborted, and its producer fenced', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const topic = await newTopic()
    const { id, who } = await newProducer({ transactionTimeoutMs: 5000 })
    await add(client, id, who, topic, [0])
    await send(client, topic, who, 0, ['a'], { transactionalId: id })
    vi.advanceTimersByTime(4999)
    expect(await latest(topic, 1)).toBe(0n)
    vi.advanceTimersByTime(1)
    expect(await latest(topic, 1)).toBe(2n)
    expect(await stateOf(id)).toMatchObject({ transactionState: 'CompleteAbort', producerEpoch: 1 })
    expect(await valuesOf(topic, true)).toEqual([])
    expect(await end(client, id, who, true)).toMatchObject({ errorCode: PRODUCER_FENCED })
    expect(await send(client, topic, who, 1, ['b'], { transactionalId: id })).toMatchObject({
      errorCode: INVALID_PRODUCER_EPOCH,
    })
    expect(await init(client, id, who)).toMatchObject({ errorCode: PRODUCER_FENCED })
    expect(await init(client, id)).toMatchObject({ errorCode: 0, producerEpoch: 2 })
  })
})

async function committedOffset(groupId: string, topic: string, requireStable = true, partition = 0) {
  const topics = [{ name: topic, partitionIndexes: [partition] }]
  const answer = await client.call(offsetFetch, 7, { groupId, topics, requireStable })
  return answer.topics[0]!.partitions[0]!
}

describe('offsets in a transaction', () => {
  it('count when it is committed', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    expect(await commitOffset(client, id, who, 'g1', topic, 5)).toBe(INVALID_TXN_STATE)
    expect(await addGroup(client, id, who, 'g1')).toBe(0)
    expect(await commitOffset(client, id, who, 'g1', topic, 5)).toBe(0)
    expect(await committedOffset('g1', topic)).toMatchObject({
      errorCode: UNSTABLE_OFFSET_COMMIT,
      committedOffset: -1n,
    })
    expect(await committedOffset('g1', topic, false)).toMatchObject({ errorCode: 0, committedOffset: -1n })
    expect(await committedOffset('g1', topic, true, 1)).toMatchObject({ errorCode: 0, committedOffset: -1n })
    await end(client, id, who, true)
    expect(await committedOffset('g1', topic)).toMatchObject({ errorCode: 0, committedOffset: 5n })
  })

  it('are gone when it is aborted', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    await addGroup(client, id, who, 'g2')
    await commitOffset(client, id, who, 'g2', topic, 5)
    await end(client, id, who, false)
    expect(await committedOffset('g2', topic)).toMatchObject({ errorCode: 0, committedOffset: -1n })
  })

  it('do not count when a later commit came in between', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    await addGroup(client, id, who, 'g3')
    await commitOffset(client, id, who, 'g3', topic, 5)
    const partitions = [{ partitionIndex: 0, committedOffset: 77, committedMetadata: '' }]
    await client.call(offsetCommit, 7, { groupId: 'g3', topics: [{ name: topic, partitions }] })
    expect(await committedOffset('g3', topic, false)).toMatchObject({ committedOffset: 77n })
    await end(client, id, who, true)
    expect(await committedOffset('g3', topic)).toMatchObject({ committedOffset: 77n })
  })

  it('are refused from a fenced producer, and from no member of the group', async () => {
    const topic = await newTopic()
    const { id, who } = await newProducer()
    await addGroup(client, id, who, 'g4')
    const old = { ...who, producerEpoch: 9 }
    expect(await commitOffset(client, id, old, 'g4', topic, 5)).toBe(INVALID_PRODUCER_EPOCH)
    const { ILLEGAL_GENERATION, INVALID_GROUP_ID } = errorCodes
    const member = { generationId: 3, memberId: 'm' }
    expect(await commitOffset(client, id, who, 'g4', topic, 5, member)).toBe(ILLEGAL_GENERATION)
    expect(await commitOffset(client, id, who, '', topic, 5)).toBe(INVALID_GROUP_ID)
    expect(await commitOffset(client, id, who, 'g4', 'nowhere', 5)).toBe(UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe('tools', () => {
  it('list and describe transactions and producers', async () => {
    const { topic, id, who } = await begun()
    const list = async (filter: object) => {
      const answer = await client.call(listTransactions, 1, { durationFilter: -1, ...filter })
      return {
        unknown: answer.unknownStateFilters,
        mine: answer.transactionStates.filter(each => each.transactionalId === id),
      }
    }
    const mine = [{ transactionalId: id, producerId: who.producerId, transactionState: 'Ongoing' }]
    expect(await list({})).toEqual({ unknown: [], mine })
    expect(await list({ stateFilters: ['Ongoing', 'Odd'] })).toEqual({ unknown: ['Odd'], mine })
    expect(await list({ producerIdFilters: [who.producerId] })).toEqual({ unknown: [], mine })
    expect(await list({ producerIdFilters: [99_999n] })).toEqual({ unknown: [], mine: [] })
    expect(await list({ durationFilter: 1e9 })).toEqual({ unknown: [], mine: [] })
    expect(await stateOf(id)).toMatchObject({
      errorCode: 0,
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      ...who,
      topics: [{ topic, partitions: [0] }],
    })
    expect(await stateOf('nobody')).toMatchObject({ errorCode: TRANSACTIONAL_ID_NOT_FOUND })
    expect(await stateOf('')).toMatchObject({ errorCode: INVALID_REQUEST })
    const producers = await client.call(describeProducers, 0, {
      topics: [{ name: topic, partitionIndexes: [0, 9] }],
    })
    expect(producers.topics[0]!.partitions).toMatchObject([
      { activeProducers: [{ ...who, lastSequence: 1, currentTxnStartOffset: 0n }] },
      { errorCode: UNKNOWN_TOPIC_OR_PARTITION },
    ])
  })

  it('can end a transaction that hangs', async () => {
    const { topic, who } = await begun()
    const marker = { ...who, transactionResult: false, coordinatorEpoch: 0 }
    const markers = [{ ...marker, topics: [{ name: topic, partitionIndexes: [0] }] }]
    const answer = await client.call(writeTxnMarkers, 1, { markers })
    expect(answer.markers[0]!.topics[0]!.partitions).toEqual([{ partitionIndex: 0, errorCode: 0 }])
    expect(await latest(topic, 1)).toBe(3n)
  })
})

describe('a cluster', () => {
  let three: RunningBroker
  beforeAll(async () => {
    three = await startBroker({ brokers: 3 }, () => {})
  })
  afterAll(() => three.close())

  const clientOf = (id: number) => TestClient.to(Number(three.addresses[id - 1]!.split(':')[1]))

  it('has one coordinator for a transactional id, which can move', async () => {
    const one = await clientOf(1)
    const find = async () =>
      (await one.call(findCoordinator, 4, { keyType: 1, coordinatorKeys: ['tx'] })).coordinators[0]!
    const { nodeId, port } = await find()
    const there = await TestClient.to(port)
    const other = await clientOf((nodeId % 3) + 1)
    const { errorCode, ...who } = await init(there, 'tx')
    expect(errorCode).toBe(0)
    expect(await init(other, 'tx')).toMatchObject({ errorCode: NOT_COORDINATOR })
    expect(await end(other, 'tx', who, true)).toMatchObject({ errorCode: NOT_COORDINATOR })
    expect(await addGroup(other, 'tx', who, 'g')).toBe(NOT_COORDINATOR)
    three.moveCoordinator('tx', (nodeId % 3) + 1)
    expect((await find()).nodeId).toBe((nodeId % 3) + 1)
    expect(await init(there, 'tx')).toMatchObject({ errorCode: NOT_COORDINATOR })
    expect(await init(other, 'tx', who)).toMatchObject({ errorCode: 0, producerEpoch: 1 })
    for (const each of [one, there, other]) each.close()
  })

  it('writes a marker when its partition has a leader again', async () => {
    three.moveCoordinator('waits', 1)
    const one = await clientOf(1)
    const two = await clientOf(2)
    const assignments = [{ partitionIndex: 0, brokerIds: [2] }]
    await one.call(createTopics, 5, {
      topics: [{ name: 'on-two', numPartitions: -1, replicationFactor: -1, assignments }],
    })
    const { errorCode: _, ...who } = await init(one, 'waits')
    await add(one, 'waits', who, 'on-two', [0])
    await send(two, 'on-two', who, 0, ['a'], { transactionalId: 'waits' })
    await three.stopBroker(2)
    const answer = await one.call(endTxn, 3, { transactionalId: 'waits', ...who, committed: true })
    expect(answer.errorCode).toBe(0)
    expect(await add(one, 'waits', who, 'on-two', [0])).toEqual([CONCURRENT_TRANSACTIONS])
    expect(await init(one, 'waits')).toMatchObject({ errorCode: CONCURRENT_TRANSACTIONS })
    expect(await end(one, 'waits', who, true)).toMatchObject({ errorCode: CONCURRENT_TRANSACTIONS })
    await three.startBroker(2)
    const again = await clientOf(2)
    expect((await readAll(again, 'on-two', { committed: true })).records).toEqual([{ offset: 0, value: 'a' }])
    expect(await init(one, 'waits')).toMatchObject({ errorCode: 0 })
    for (const each of [one, two, again]) each.close()
  })
})

it('forgets transactional ids that were idle the longest, and never one with an open transaction', async () => {
  const { TransactionCoordinator } = await import('../../../plugins/broker/transaction/coordinator.ts')
  let ids = 0n
  const around = { newProducerId: () => ids++, coordinatorEpoch: () => 0, endOffsets: () => {} }
  const coordinator = new TransactionCoordinator(around, 10_000)
  const open = coordinator.init('open', 1000, undefined)
  coordinator.add('open', open, { groups: ['g'] })
  for (let n = 0; n < 1000; n++) expect(coordinator.init(`id-${n}`, 1000, undefined).errorCode).toBe(0)
  expect([...coordinator.all()].length).toBeLessThan(30)
  expect(coordinator.get('open')?.state).toBe('Ongoing')
  expect(coordinator.get('id-0')).toBeUndefined()
  expect(coordinator.get('id-999')).toBeDefined()
  coordinator.close()
})
