import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FaultEntry } from '../../../plugins/broker/faults/log.ts'
import type { FaultRule } from '../../../plugins/broker/faults/rule.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { batchCrc, readBatchHeader } from '../../../plugins/protocol/batch.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { fetch, listOffsets } from '../../../plugins/protocol/messages/fetch.ts'
import { findCoordinator, heartbeat } from '../../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { offsetCommit, offsetFetch } from '../../../plugins/protocol/messages/offsets.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import { batchOf, frameOf, software, TestClient, until } from './client.ts'

let broker: RunningBroker
let client: TestClient
const clients: TestClient[] = []

async function connect(id = 1): Promise<TestClient> {
  const made = await TestClient.to(Number(broker.addresses[id - 1]!.split(':')[1]))
  clients.push(made)
  return made
}

async function createTopic(name: string, numPartitions = 2, replicationFactor = 3): Promise<void> {
  const topics = [{ name, numPartitions, replicationFactor, assignments: [], configs: [] }]
  const answer = await client.call(createTopics, 7, { topics })
  expect(answer.topics[0]!.errorCode).toBe(0)
}

beforeEach(async () => {
  broker = await startBroker({ brokers: 3 })
  client = await connect()
  await createTopic('orders')
  for (const partition of [0, 1]) {
    if ((await placeOf('orders', partition)).leader !== 1) broker.moveLeader('orders', partition, 1)
  }
})

afterEach(async () => {
  for (const each of clients.splice(0)) each.close()
  await broker.close()
})

async function placeOf(name: string, partition: number) {
  const { topics } = await client.call(metadata, 9, { topics: [{ name }] })
  const found = topics[0]!.partitions.find(each => each.partitionIndex === partition)!
  return { leader: found.leaderId, epoch: found.leaderEpoch }
}

type Sent = { readonly records?: number; readonly acks?: number; readonly partitions?: readonly number[] }

function produceOf(topic: string, { records = 1, acks = -1, partitions = [0] }: Sent = {}) {
  const partitionData = partitions.map(index => ({ index, records: batchOf(records) }))
  return { acks, timeoutMs: 1000, topicData: [{ name: topic, partitionData }] }
}

/** Error codes by partition. */
async function send(to: TestClient, topic: string, sent: Sent = {}) {
  const { responses, throttleTimeMs } = await to.call(produce, 9, produceOf(topic, sent))
  const all = responses.flatMap(each => each.partitionResponses)
  return {
    codes: Object.fromEntries(all.map(({ index, errorCode }) => [index, errorCode])),
    offsets: Object.fromEntries(all.map(({ index, baseOffset }) => [index, Number(baseOffset)])),
    throttleTimeMs,
  }
}

/** Where the log ends, asked while no rule is in force. */
async function endOf(topic: string, partition = 0): Promise<number> {
  const asking = await connect()
  const partitions = [{ partitionIndex: partition, timestamp: -1 }]
  const { topics } = await asking.call(listOffsets, 5, { topics: [{ name: topic, partitions }] })
  return Number(topics[0]!.partitions[0]!.offset)
}

function fetchOf(topic: string, partitions: readonly number[], fetchOffset = 0) {
  const wanted = partitions.map(partition => ({ partition, fetchOffset, partitionMaxBytes: 1e6 }))
  return { maxWaitMs: 0, minBytes: 0, maxBytes: 1e6, topics: [{ topic, partitions: wanted }] }
}

/** Sends them on the first connection; what others ask is answered all the while. */
async function neverAnswered(frames: readonly Buffer[]): Promise<void> {
  const heard = broker.faults.log.entries.length
  const silent = frames.map(frame => client.send(frame).then(() => 'an answer'))
  const fired = () => broker.faults.log.entries.length > heard || frames.length === 1
  await until(fired, 'the fault')
  const others = [1, 2, 3].map(() => endOf('orders').then(() => 'nothing'))
  await others[0]
  expect(await Promise.race([...silent, Promise.all(others).then(() => 'nothing')])).toBe('nothing')
}

/** Adds a rule, and gives its entries of the log. */
function inject(rule: FaultRule) {
  const fault = broker.faults.add(rule)
  return { fault, logged: () => broker.faults.log.entries.filter(entry => entry.rule === fault.id) }
}

const asked = { api: 'Produce', version: 9, broker: 1, clientId: 'test' }

describe('a request gets its fault, and the log a line', () => {
  it('delay: answered later', async () => {
    const { logged } = inject({ when: { api: 'Produce', times: 1 }, do: { delay: '20ms' } })
    expect((await send(client, 'orders')).codes).toEqual({ 0: 0 })
    expect(logged()).toMatchObject([{ ...asked, action: 'delay', did: 'answered 20 ms later' }])
    expect((await send(client, 'orders')).codes).toEqual({ 0: 0 })
  })

  it('delay: applied at once, and the next request waits', async () => {
    inject({ when: { api: 'Produce' }, do: { delay: '1h' } })
    await neverAnswered([frameOf(produce, 9, produceOf('orders')), frameOf(apiVersions, 3, software)])
    expect(await endOf('orders')).toBe(1)
  })

  it('delays of several rules add up, drawn ones are the same for the same seed', async () => {
    const uniform = { uniform: { min: '1ms', max: '20ms' } }
    const first = inject({ when: { api: 'Heartbeat', seed: 7 }, do: { delay: uniform } })
    const second = inject({ when: { api: 'Heartbeat', seed: 7 }, do: { delay: uniform } })
    const beat = { groupId: 'g', generationId: 1, memberId: 'm' }
    for (let n = 0; n < 3; n++) await client.call(heartbeat, 3, beat)
    const told = ({ logged }: typeof first) => logged().map(({ did }) => did)
    expect(told(first)).toEqual(told(second))
    expect(new Set(told(first)).size).toBe(3)
  })

  it('error: not applied, and only where the rule says', async () => {
    const { logged } = inject({
      when: { topic: 'orders', partition: 1, api: 'Produce' },
      do: { error: 'NOT_ENOUGH_REPLICAS' },
    })
    const { codes, offsets } = await send(client, 'orders', { partitions: [0, 1] })
    expect(codes).toEqual({ 0: 0, 1: errorCodes.NOT_ENOUGH_REPLICAS })
    expect(offsets).toEqual({ 0: 0, 1: -1 })
    expect([await endOf('orders', 0), await endOf('orders', 1)]).toEqual([1, 0])
    expect(logged()).toMatchObject([
      {
        ...asked,
        action: 'error',
        did: 'answered NOT_ENOUGH_REPLICAS, not applied',
        partitions: [{ topic: 'orders', partition: 1 }],
      },
    ])
  })

  it('error: applied before it is told', async () => {
    const { logged } = inject({
      when: { topic: 'orders', partition: 1, api: 'Produce' },
      do: { error: { code: 'REQUEST_TIMED_OUT', applied: true } },
    })
    const { codes } = await send(client, 'orders', { partitions: [0, 1] })
    expect(codes).toEqual({ 0: 0, 1: errorCodes.REQUEST_TIMED_OUT })
    expect([await endOf('orders', 0), await endOf('orders', 1)]).toEqual([1, 1])
    expect(logged()).toMatchObject([{ did: 'answered REQUEST_TIMED_OUT, applied' }])
  })

  it.each([
    [false, 0],
    [true, 1],
  ])('error with acks=0: the connection is closed (applied: %s)', async (applied, end) => {
    const { logged } = inject({
      when: { api: 'Produce' },
      do: { error: { code: 'MESSAGE_TOO_LARGE', applied } },
    })
    client.socket.write(frameOf(produce, 9, produceOf('orders', { acks: 0 })))
    await client.closed
    expect(await endOf('orders')).toBe(end)
    expect(logged()).toMatchObject([{ action: 'error' }])
  })

  it.each([
    [false, 0],
    [true, 1],
  ])(
    'noAnswer: the connection stays open, later requests on it wait too (applied: %s)',
    async (applied, end) => {
      const { logged } = inject({ when: { api: 'Produce', times: 1 }, do: { noAnswer: { applied } } })
      await neverAnswered([frameOf(produce, 9, produceOf('orders')), frameOf(apiVersions, 3, software)])
      expect(await endOf('orders')).toBe(end)
      expect(client.socket.readyState).toBe('open')
      expect(logged()).toMatchObject([{ ...asked, action: 'noAnswer' }])
    },
  )

  it.each([
    [false, 0],
    [true, 1],
  ])('close (applied: %s)', async (applied, end) => {
    const { logged } = inject({ when: { api: 'Produce' }, do: { close: { applied } } })
    expect(await client.send(frameOf(produce, 9, produceOf('orders')))).toBeUndefined()
    expect(await endOf('orders')).toBe(end)
    expect(logged()).toMatchObject([{ ...asked, action: 'close' }])
  })

  it('partialFrame: some bytes, then the end', async () => {
    const { logged } = inject({ when: { api: 'Produce' }, do: { partialFrame: { bytes: 7 } } })
    let bytes = 0
    client.socket.on('data', chunk => {
      bytes += chunk.length
    })
    expect(await client.send(frameOf(produce, 9, produceOf('orders')))).toBeUndefined()
    expect(bytes).toBe(7)
    expect(await endOf('orders')).toBe(1)
    expect(logged()).toMatchObject([{ did: 'sent the first 7 bytes of the answer and closed' }])
  })

  it('corrupt records: the checksum is wrong, once; the log stays as it is', async () => {
    const { fault, logged } = inject({ when: { times: 1 }, do: { corrupt: 'records' } })
    const read = async () => {
      const { responses } = await client.call(fetch, 11, fetchOf('orders', [0]))
      const records = responses[0]!.partitions[0]!.records!
      return records.length === 0 || batchCrc(records, 0, records.length) === readBatchHeader(records).crc
    }
    expect(await read()).toBe(true)
    expect([fault.met, fault.fired]).toEqual([1, 0])
    await send(client, 'orders', { records: 3 })
    expect(await read()).toBe(false)
    expect(await read()).toBe(true)
    expect(fault.fired).toBe(1)
    expect(logged()).toMatchObject([{ api: 'Fetch', did: 'a bit of the records flipped' }])
  })

  it('corrupt anywhere: one bit of the answer, the same for the same seed', async () => {
    const rule = { when: { api: 'ApiVersions', seed: 3 }, do: { corrupt: 'anywhere' } } as const
    const right = await client.send(frameOf(apiVersions, 3, software))
    const first = inject(rule)
    const wrong = await client.send(frameOf(apiVersions, 3, software))
    first.fault.remove()
    inject(rule)
    const again = await client.send(frameOf(apiVersions, 3, software))
    const flipped = [...wrong!].filter((byte, at) => byte !== right![at])
    expect(wrong).toHaveLength(right!.length)
    expect(flipped).toHaveLength(1)
    expect(again).toEqual(wrong)
    expect(first.logged()).toMatchObject([{ api: 'ApiVersions', did: 'a bit of the answer flipped' }])
  })

  it('throttle: told in the answer, the next request waits for its end', async () => {
    const { logged } = inject({ when: { api: 'Produce', times: 1 }, do: { throttle: '20ms' } })
    expect((await send(client, 'orders')).throttleTimeMs).toBe(20)
    expect((await send(client, 'orders')).throttleTimeMs).toBe(0)
    expect(logged()).toMatchObject([{ ...asked, action: 'throttle', did: 'throttled: 20 ms' }])
  })

  it('throttle: nothing is read before its end', async () => {
    inject({ when: { api: 'Produce' }, do: { throttle: '1h' } })
    expect((await send(client, 'orders')).throttleTimeMs).toBe(3_600_000)
    await neverAnswered([frameOf(apiVersions, 3, software)])
  })

  it('moveLeader: the request finds the leader elsewhere', async () => {
    const { logged } = inject({ when: { api: 'Produce', after: 1, times: 1 }, do: { moveLeader: 'next' } })
    expect((await send(client, 'orders')).codes).toEqual({ 0: 0 })
    const before = await placeOf('orders', 0)
    expect((await send(client, 'orders')).codes).toEqual({ 0: errorCodes.NOT_LEADER_OR_FOLLOWER })
    const after = await placeOf('orders', 0)
    expect(after.epoch).toBe(before.epoch + 1)
    expect((await send(await connect(after.leader), 'orders')).codes).toEqual({ 0: 0 })
    const did = `leader of orders-0 moved from broker 1 to ${after.leader}`
    expect(logged()).toMatchObject([{ ...asked, did, partitions: [{ topic: 'orders', partition: 0 }] }])
  })

  it('moveLeader to a broker that has no replica is told, not done', async () => {
    await createTopic('single', 1, 1)
    const { leader } = await placeOf('single', 0)
    const { logged } = inject({
      when: { api: 'Produce' },
      do: { moveLeader: { topic: 'single', partition: 0, to: (leader % 3) + 1 } },
    })
    await send(client, 'orders')
    expect((await placeOf('single', 0)).leader).toBe(leader)
    expect(logged()[0]!.did).toMatch(/^nothing moved: broker \d is down or has no replica of partition 0/)
  })

  it('moveCoordinator: the group is found elsewhere', async () => {
    const find = async () => {
      const { coordinators } = await client.call(findCoordinator, 4, {
        keyType: 0,
        coordinatorKeys: ['group'],
      })
      return coordinators[0]!.nodeId
    }
    const before = await find()
    const { logged } = inject({
      when: { api: 'Heartbeat' },
      do: { moveCoordinator: (before % 3) + 1 },
    })
    const beat = { groupId: 'group', generationId: 1, memberId: 'm' }
    const { errorCode } = await (await connect(before)).call(heartbeat, 3, beat)
    expect(errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect(await find()).toBe((before % 3) + 1)
    expect(logged()).toMatchObject([{ api: 'Heartbeat', action: 'moveCoordinator' }])
  })

  it.each([
    [false, 0],
    [true, 1],
  ])('kill: the broker goes away and comes back (applied: %s)', async (applied, end) => {
    const { logged } = inject({ when: { api: 'Produce', times: 1 }, do: { kill: { for: '50ms', applied } } })
    expect(await client.send(frameOf(produce, 9, produceOf('orders')))).toBeUndefined()
    expect(logged()).toMatchObject([{ ...asked, action: 'kill', did: 'broker 1 went away, for 50 ms' }])
    const back = () => broker.faults.log.entries.some(({ action }) => action === 'start')
    await until(back, 'it comes back')
    client = await connect()
    const { leader } = await placeOf('orders', 0)
    expect(leader).not.toBe(1)
    broker.moveLeader('orders', 0, 1)
    expect(await endOf('orders')).toBe(end)
  })

  it('freeze: connections are made, nothing is read or answered, then it goes on', async () => {
    const { logged } = inject({ when: { api: 'Produce', times: 1 }, do: { freeze: true } })
    const stuck = send(client, 'orders')
    await until(() => logged().length === 1, 'the freeze')
    const late = (await connect()).send(frameOf(apiVersions, 3, software))
    const other = await connect(2)
    const elsewhere = other.call(apiVersions, 3, software).then(() => 'elsewhere')
    expect(await Promise.race([stuck, late, elsewhere])).toBe('elsewhere')
    broker.unfreezeBroker(1)
    expect((await stuck).codes).toEqual({ 0: 0 })
    expect(await late).toBeDefined()
    expect(logged()).toMatchObject([{ ...asked, action: 'freeze', did: 'broker 1 stands still' }])
  })

  it('freeze of another broker for a time: the request itself is served', async () => {
    inject({ when: { api: 'Produce', times: 1 }, do: { freeze: { broker: 2, for: '100ms' } } })
    expect((await send(client, 'orders')).codes).toEqual({ 0: 0 })
    await (await connect(2)).call(apiVersions, 3, software)
    expect(broker.faults.log.entries.map(({ action }) => action).slice(-2)).toEqual(['freeze', 'unfreeze'])
  })

  it('a frozen broker can be killed, and is not frozen when it comes back', async () => {
    broker.freezeBroker(1)
    await broker.stopBroker(1)
    await client.closed
    await broker.startBroker(1)
    client = await connect()
    expect((await client.call(apiVersions, 3, software)).apiKeys.length).toBeGreaterThan(10)
  })

  it('lose: acknowledged with an offset that the next batch gets too', async () => {
    const { logged } = inject({ when: { api: 'Produce', after: 1, times: 1 }, do: { lose: true } })
    const offsets = []
    for (let n = 0; n < 3; n++) offsets.push((await send(client, 'orders', { records: 5 })).offsets[0])
    expect(offsets).toEqual([0, 5, 5])
    expect(await endOf('orders')).toBe(10)
    const partitions = [{ topic: 'orders', partition: 0, baseOffset: 5, records: 5 }]
    expect(logged()).toMatchObject([{ ...asked, did: 'acknowledged, not stored', partitions }])
  })

  it('lose: a batch that is refused was not lost, the rule waits for one', async () => {
    const { fault } = inject({ when: { api: 'Produce', times: 1 }, do: { lose: true } })
    expect((await send(client, 'missing')).codes).toEqual({ 0: errorCodes.UNKNOWN_TOPIC_OR_PARTITION })
    expect(fault.fired).toBe(0)
    await send(client, 'orders')
    expect([fault.fired, await endOf('orders')]).toEqual([1, 0])
  })

  it('duplicate: stored twice, acknowledged once', async () => {
    const { logged } = inject({ when: { topic: 'orders', partition: 1, times: 1 }, do: { duplicate: true } })
    const { offsets } = await send(client, 'orders', { records: 5, partitions: [0, 1] })
    expect(offsets).toEqual({ 0: 0, 1: 0 })
    expect([await endOf('orders', 0), await endOf('orders', 1)]).toEqual([5, 10])
    const partitions = [{ topic: 'orders', partition: 1, baseOffset: 0, records: 5 }]
    expect(logged()).toMatchObject([{ ...asked, did: 'stored twice', partitions }])
  })
})

describe('errors stand where clients look for them', () => {
  const offsets = [{ name: 'orders', partitions: [{ partitionIndex: 1, committedOffset: 5 }] }]

  it('Fetch: on the partition, at once however long it may wait', async () => {
    inject({ when: { api: 'Fetch', topic: 'orders', partition: 0 }, do: { error: 'KAFKA_STORAGE_ERROR' } })
    await send(client, 'orders', { partitions: [1] })
    const { responses, errorCode } = await client.call(fetch, 11, fetchOf('orders', [0, 1]))
    const codes = responses.flatMap(each => each.partitions.map(one => [one.partitionIndex, one.errorCode]))
    expect(errorCode).toBe(0)
    expect(codes.sort()).toEqual([
      [0, errorCodes.KAFKA_STORAGE_ERROR],
      [1, 0],
    ])
    broker.faults.clear()
    inject({ when: { api: 'Fetch' }, do: { error: 'OFFSET_OUT_OF_RANGE' } })
    const forever = { ...fetchOf('orders', [0]), maxWaitMs: 1e9, minBytes: 1e6 }
    expect((await client.call(fetch, 11, forever)).responses[0]!.partitions[0]!.errorCode).toBe(1)
  })

  it('Fetch: an error of its session on top', async () => {
    inject({ when: { api: 'Fetch' }, do: { error: 'FETCH_SESSION_ID_NOT_FOUND' } })
    const answer = await client.call(fetch, 11, fetchOf('orders', [0]))
    expect([answer.errorCode, answer.responses]).toEqual([errorCodes.FETCH_SESSION_ID_NOT_FOUND, []])
  })

  it('Fetch in a session: on a partition that the request does not name', async () => {
    const full = { ...fetchOf('orders', [0, 1]), sessionId: 0, sessionEpoch: 0 }
    const { sessionId } = await client.call(fetch, 11, full)
    expect(sessionId).not.toBe(0)
    const { logged } = inject({
      when: { topic: 'orders', partition: 1, times: 1 },
      do: { error: 'KAFKA_STORAGE_ERROR' },
    })
    const next = (sessionEpoch: number) =>
      client.call(fetch, 11, { ...full, sessionId, sessionEpoch, topics: [], maxWaitMs: 0 })
    const { responses } = await next(1)
    expect(responses.flatMap(each => each.partitions)).toMatchObject([{ partitionIndex: 1, errorCode: 56 }])
    expect(logged()).toMatchObject([{ api: 'Fetch', partitions: [{ topic: 'orders', partition: 1 }] }])
    const after = await next(2)
    expect(after.responses.flatMap(each => each.partitions)).toMatchObject([
      { partitionIndex: 1, errorCode: 0 },
    ])
  })

  it('Metadata: on the topic, or on the partition without a leader', async () => {
    const { fault } = inject({
      when: { api: 'Metadata', topic: 'orders' },
      do: { error: 'LEADER_NOT_AVAILABLE' },
    })
    const all = await client.call(metadata, 9, { topics: null })
    expect(all.brokers).toHaveLength(3)
    expect(all.topics[0]).toMatchObject({ name: 'orders', errorCode: 5, partitions: [] })
    fault.remove()
    inject({
      when: { api: 'Metadata', topic: 'orders', partition: 1 },
      do: { error: 'LEADER_NOT_AVAILABLE' },
    })
    const { topics } = await client.call(metadata, 9, { topics: [{ name: 'orders' }] })
    expect(topics[0]!.errorCode).toBe(0)
    expect(topics[0]!.partitions.map(each => [each.errorCode, each.leaderId])).toEqual([
      [0, 1],
      [5, -1],
    ])
  })

  it('Metadata that fails creates no topic', async () => {
    const { fault } = inject({ when: { api: 'Metadata' }, do: { error: 'LEADER_NOT_AVAILABLE' } })
    await client.call(metadata, 9, { topics: [{ name: 'new' }], allowAutoTopicCreation: true })
    fault.remove()
    const { topics } = await client.call(metadata, 9, { topics: null })
    expect(topics.map(({ name }) => name)).toEqual(['orders'])
  })

  it('FindCoordinator: old versions on top, new ones for each key', async () => {
    inject({ when: { api: 'FindCoordinator' }, do: { error: 'COORDINATOR_NOT_AVAILABLE' } })
    expect(await client.call(findCoordinator, 3, { key: 'g' })).toMatchObject({ errorCode: 15, nodeId: -1 })
    const { coordinators } = await client.call(findCoordinator, 4, { coordinatorKeys: ['g', 'h'] })
    expect(coordinators).toMatchObject([
      { key: 'g', errorCode: 15, nodeId: -1 },
      { key: 'h', errorCode: 15, nodeId: -1 },
    ])
  })

  it('OffsetCommit and OffsetFetch: on partitions; for a whole group on the group', async () => {
    inject({ when: { api: 'OffsetCommit' }, do: { error: 'COORDINATOR_LOAD_IN_PROGRESS' } })
    const commit = await client.call(offsetCommit, 7, { groupId: 'g', topics: offsets })
    expect(commit.topics[0]).toMatchObject({
      name: 'orders',
      partitions: [{ partitionIndex: 1, errorCode: 14 }],
    })
    const asks = { topics: [{ name: 'orders', partitionIndexes: [0, 1] }] }
    const { fault } = inject({
      when: { api: 'OffsetFetch', topic: 'orders', partition: 1 },
      do: { error: 'UNSTABLE_OFFSET_COMMIT' },
    })
    const find = await client.call(findCoordinator, 3, { key: 'g' })
    const at = await connect(find.nodeId)
    const one = await at.call(offsetFetch, 7, { groupId: 'g', ...asks })
    const codes = (partitions: readonly { partitionIndex: number; errorCode: number }[]) =>
      partitions.map(each => [each.partitionIndex, each.errorCode]).sort()
    expect(codes(one.topics[0]!.partitions)).toEqual([
      [0, 0],
      [1, errorCodes.UNSTABLE_OFFSET_COMMIT],
    ])
    const many = await at.call(offsetFetch, 8, { groups: [{ groupId: 'g', ...asks }] })
    expect(codes(many.groups[0]!.topics[0]!.partitions)).toEqual(codes(one.topics[0]!.partitions))
    fault.remove()
    inject({ when: { api: 'OffsetFetch' }, do: { error: 'NOT_COORDINATOR' } })
    expect(await at.call(offsetFetch, 7, { groupId: 'g', ...asks })).toMatchObject({
      errorCode: 16,
      topics: [],
    })
    const whole = await at.call(offsetFetch, 8, { groups: [{ groupId: 'g', ...asks }] })
    expect(whole.groups).toMatchObject([{ groupId: 'g', errorCode: 16 }])
  })

  it('topics: by name, the others are created or deleted', async () => {
    inject({ when: { api: 'CreateTopics', topic: 'a' }, do: { error: 'POLICY_VIOLATION' } })
    inject({ when: { api: 'DeleteTopics', topic: 'orders' }, do: { error: 'TOPIC_AUTHORIZATION_FAILED' } })
    const topics = ['a', 'b'].map(name => ({ name, numPartitions: 1, replicationFactor: 1 }))
    const created = await client.call(createTopics, 7, { topics })
    expect(Object.fromEntries(created.topics.map(each => [each.name, each.errorCode]))).toEqual({
      a: 44,
      b: 0,
    })
    const deleted = await client.call(deleteTopics, 5, { topicNames: ['orders', 'b'] })
    expect(Object.fromEntries(deleted.responses.map(each => [each.name, each.errorCode]))).toEqual({
      orders: 29,
      b: 0,
    })
  })

  it('ApiVersions: an unsupported version is told in version 0', async () => {
    inject({ when: { api: 'ApiVersions' }, do: { error: 'UNSUPPORTED_VERSION' } })
    const frame = await client.send(frameOf(apiVersions, 3, software))
    expect(frame!.readInt16BE(4)).toBe(errorCodes.UNSUPPORTED_VERSION)
    expect(frame).toHaveLength(4 + 2 + 4)
  })

  it('topics by their id', async () => {
    const { topics } = await client.call(metadata, 12, { topics: [{ name: 'orders' }] })
    inject({ when: { topic: 'orders', partition: 0, api: 'Produce' }, do: { error: 'KAFKA_STORAGE_ERROR' } })
    const partitionData = [0, 1].map(index => ({ index, records: batchOf(1) }))
    const topicData = [{ topicId: topics[0]!.topicId, partitionData }]
    const { responses } = await client.call(produce, 13, { acks: 1, timeoutMs: 1000, topicData })
    expect(responses).toHaveLength(1)
    const codes = responses[0]!.partitionResponses.map(each => [each.index, each.errorCode])
    expect(codes.sort()).toEqual([
      [0, 56],
      [1, 0],
    ])
  })
})

describe('rules', () => {
  const refuse = { error: 'NOT_ENOUGH_REPLICAS' } as const
  const codes = async (count: number, to = client) => {
    const found = []
    for (let n = 0; n < count; n++) found.push((await send(to, 'orders')).codes[0])
    return found
  }

  it('fire after so many requests, so often', async () => {
    const { fault } = inject({ when: { api: 'Produce', after: 2, times: 2 }, do: refuse })
    expect(await codes(6)).toEqual([0, 0, 19, 19, 0, 0])
    expect([fault.met, fault.fired]).toEqual([4, 2])
  })

  it('the first that decides wins, the next waits for its turn', async () => {
    inject({ when: { api: 'Produce', times: 1 }, do: refuse })
    inject({ when: { api: 'Produce', times: 1 }, do: { error: 'REQUEST_TIMED_OUT' } })
    expect(await codes(3)).toEqual([19, 7, 0])
  })

  it('meet broker, client id and topic', async () => {
    inject({ when: { api: 'Produce', broker: 2 }, do: refuse })
    inject({ when: { clientId: 'other' }, do: refuse })
    inject({ when: { topic: 'other' }, do: refuse })
    expect(await codes(1)).toEqual([0])
    expect(await codes(1, await connect(2))).toEqual([19])
  })

  it('with a probability: the same for the same seed and the same requests', async () => {
    const drawn = async (seed: number) => {
      const { fault } = inject({ when: { api: 'Produce', probability: 0.5, seed }, do: refuse })
      const found = await codes(40)
      fault.remove()
      return found
    }
    const first = await drawn(1)
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
    expect(new Set(first)).toEqual(new Set([0, 19]))
  })

  it('are listed and removed', async () => {
    const { fault } = inject({ when: { api: 'Produce' }, do: refuse })
    inject({ when: { api: 'Fetch' }, do: refuse })
    expect(broker.faults.list()).toMatchObject([{ id: 'f1', rule: { do: refuse }, fired: 0 }, { id: 'f2' }])
    fault.remove()
    expect(await codes(1)).toEqual([0])
    broker.faults.clear()
    expect([broker.faults.list(), broker.faults.active]).toEqual([[], false])
  })

  it('are told of as they fire', async () => {
    const heard: FaultEntry[] = []
    const stop = broker.faults.onFault(entry => heard.push(entry))
    inject({ when: { api: 'Produce' }, do: refuse })
    await codes(1)
    stop()
    await codes(1)
    expect(heard).toHaveLength(1)
    expect(Date.parse(heard[0]!.time)).toBeGreaterThan(Date.now() - 60_000)
    expect(heard[0]).toMatchObject({ correlationId: expect.any(Number), connection: expect.any(Number) })
  })
})

it('stopBroker and its like are in the log', async () => {
  await broker.stopBroker(2)
  await broker.startBroker(2)
  const { length } = broker.faults.log.entries
  broker.freezeBroker(3)
  broker.unfreezeBroker(3)
  broker.moveCoordinator('group', 3)
  const last = broker.faults.log.entries.slice(length - 2).map(({ action, broker: id }) => [action, id])
  expect(last).toEqual([
    ['kill', 2],
    ['start', 2],
    ['freeze', 3],
    ['unfreeze', 3],
    ['moveCoordinator', 3],
  ])
  await expect(broker.stopBroker(4)).rejects.toThrow('broker is 4, not an integer from 1 to 3')
  expect(broker.faults.log.after(length + 2)).toHaveLength(1)
})
