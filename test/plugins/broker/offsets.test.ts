import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { BATCH_HEADER_BYTES, batchAt, batchCrc } from '../../../plugins/protocol/batch.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { alterConfigs, incrementalAlterConfigs } from '../../../plugins/protocol/messages/configs.ts'
import { fetch, listOffsets } from '../../../plugins/protocol/messages/fetch.ts'
import { produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteRecords, describeConfigs } from '../../../plugins/protocol/messages/topics.ts'
import { encodeBatch } from '../../../plugins/protocol/records.ts'
import { batchOf, TestClient, until } from './client.ts'

const [LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED] = [-1, -2, -3, -4, -5] as const
const { OFFSET_OUT_OF_RANGE, INVALID_CONFIG, INVALID_REQUEST, UNSUPPORTED_VERSION } = errorCodes

let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({ retentionCheckMs: 10 }, () => {})
  client = await TestClient.to(broker.port)
})
afterAll(async () => {
  client.close()
  await broker.close()
})

let topics = 0
async function newTopic(configs: Record<string, string> = { 'retention.ms': '-1' }): Promise<string> {
  const name = `topic-${++topics}`
  const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  const asked = [{ name, numPartitions: 1, replicationFactor: 1, configs: given }]
  expect((await client.call(createTopics, 7, { topics: asked })).topics[0]!.errorCode).toBe(0)
  return name
}

async function send(name: string, records: Buffer): Promise<number> {
  const topicData = [{ name, partitionData: [{ index: 0, records }] }]
  const answer = await client.call(produce, 9, { acks: 1, timeoutMs: 1000, topicData })
  return answer.responses[0]!.partitionResponses[0]!.errorCode
}

async function find(name: string, timestamp: number, version = 9) {
  const partitions = [{ partitionIndex: 0, timestamp: BigInt(timestamp) }]
  const answer = await client.call(listOffsets, version, { replicaId: -1, topics: [{ name, partitions }] })
  const { errorCode, offset, timestamp: time, leaderEpoch } = answer.topics[0]!.partitions[0]!
  return errorCode === 0 ? [Number(offset), Number(time), leaderEpoch] : errorCode
}

async function remove(name: string, offset: number, partitionIndex = 0) {
  const partitions = [{ partitionIndex, offset }]
  const answer = await client.call(deleteRecords, 2, { topics: [{ name, partitions }], timeoutMs: 1000 })
  const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!
  return [errorCode, Number(lowWatermark)]
}

async function fetched(topic: string, fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }]
  return (await client.call(fetch, 12, { topics: [{ topic, partitions }] })).responses[0]!.partitions[0]!
}

function batchAtTimes(times: readonly number[], codec = 0, compress = (bytes: Buffer) => bytes): Buffer {
  const plain = encodeBatch(
    times.map(timestamp => ({ timestamp, value: Buffer.alloc(10) })),
    { attributes: codec },
  )
  const batch = Buffer.concat([
    plain.subarray(0, BATCH_HEADER_BYTES),
    compress(plain.subarray(BATCH_HEADER_BYTES)),
  ])
  batch.writeInt32BE(batch.length - 12, batchAt.batchLength)
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}

describe('ListOffsets', () => {
  it.each([
    ['plain', 0, (bytes: Buffer) => bytes],
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('finds the record by its time in a batch: %s', async (_, codec, compress) => {
    const topic = await newTopic()
    await send(topic, batchAtTimes([100, 300, 200], codec, compress))
    await send(topic, batchAtTimes([250, 400, 400], codec, compress))
    expect(await find(topic, 0)).toEqual([0, 100, 0])
    expect(await find(topic, 101)).toEqual([1, 300, 0])
    expect(await find(topic, 301)).toEqual([4, 400, 0])
    expect(await find(topic, 401)).toEqual([-1, -1, -1])
    expect(await find(topic, MAX_TIMESTAMP)).toEqual([4, 400, 0])
  })

  it('answers for a batch that it cannot look into, or that only says it is compressed, with the whole', async () => {
    const topic = await newTopic()
    for (const codec of [2, 1]) await send(topic, batchAtTimes([100, 300, 200], codec))
    expect(await find(topic, 150)).toEqual([0, 300, 0])
    expect(await find(topic, MAX_TIMESTAMP)).toEqual([2, 300, 0])
  })

  it('knows the places with names, each from its version on', async () => {
    const topic = await newTopic()
    await send(topic, batchOf(3))
    await remove(topic, 1)
    expect(await find(topic, LATEST)).toEqual([3, -1, 0])
    expect(await find(topic, EARLIEST)).toEqual([1, -1, 0])
    expect(await find(topic, EARLIEST_LOCAL)).toEqual([1, -1, 0])
    expect(await find(topic, LATEST_TIERED)).toEqual([-1, -1, -1])
    expect(await find(topic, 0)).toEqual([1, 1, 0])
    for (const [place, version] of [
      [MAX_TIMESTAMP, 6],
      [EARLIEST_LOCAL, 7],
      [LATEST_TIERED, 8],
      [-9, 10],
    ] as const) {
      expect(await find(topic, place, version)).toBe(UNSUPPORTED_VERSION)
    }
  })

  it('does not answer what is asked twice', async () => {
    const name = await newTopic()
    const asked = { name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }
    const answer = await client.call(listOffsets, 7, { replicaId: -1, topics: [asked, asked] })
    expect(answer.topics).toMatchObject([{ partitions: [{ errorCode: INVALID_REQUEST }] }])
  })
})

describe('DeleteRecords', () => {
  it('moves the log start, also into a batch, and never back', async () => {
    const topic = await newTopic()
    for (let n = 0; n < 3; n++) await send(topic, batchOf(2))
    expect(await remove(topic, 3)).toEqual([0, 3])
    expect(await remove(topic, 1)).toEqual([0, 3])
    expect(await fetched(topic, 2)).toMatchObject({ errorCode: OFFSET_OUT_OF_RANGE })
    expect(await fetched(topic, 3)).toMatchObject({ errorCode: 0, logStartOffset: 3n })
    expect(await remove(topic, 7)).toEqual([OFFSET_OUT_OF_RANGE, -1])
    expect(await remove(topic, -2)).toEqual([OFFSET_OUT_OF_RANGE, -1])
    expect(await remove(topic, 0, 5)).toEqual([errorCodes.UNKNOWN_TOPIC_OR_PARTITION, -1])
    expect(await remove(topic, -1)).toEqual([0, 6])
    expect((await fetched(topic, 6)).errorCode).toBe(0)
    await send(topic, batchOf(1))
    expect((await fetched(topic, 6)).records?.length).toBeGreaterThan(0)
  })

  it('is refused where records are only compacted', async () => {
    expect(await remove(await newTopic({ 'cleanup.policy': 'compact' }), -1)).toEqual([
      errorCodes.POLICY_VIOLATION,
      -1,
    ])
  })
})

describe('retention', () => {
  it('by bytes keeps the newest batches, and at least as much as it says', async () => {
    const batch = batchOf(1, 1000)
    const topic = await newTopic({ 'retention.ms': '-1', 'retention.bytes': String(10 * batch.length) })
    for (let n = 0; n < 500; n++) await send(topic, batch)
    expect(await find(topic, EARLIEST)).toEqual([490, -1, 0])
    expect((await fetched(topic, 490)).records?.length).toBe(10 * batch.length)
  })

  it('by time lets go what is older, and keeps what is not', async () => {
    const topic = await newTopic({ 'retention.ms': '3600000' })
    await send(topic, batchOf(2))
    await send(topic, batchOf(1, 10, { timestamp: Date.now() }))
    await until(async () => (await fetched(topic, 2)).logStartOffset === 2n, 'the old batch has gone')
  })
})

describe('configurations of a topic', () => {
  const topicType = 2
  const change = (
    name: string,
    ...configs: { name: string; configOperation?: number; value: string | null }[]
  ) =>
    client
      .call(incrementalAlterConfigs, 1, {
        resources: [{ resourceType: topicType, resourceName: name, configs }],
      })
      .then(({ responses }) => responses[0]!)
  async function configOf(resourceName: string, key: string) {
    const resources = [{ resourceType: topicType, resourceName, configurationKeys: [key] }]
    const answer = await client.call(describeConfigs, 4, { resources })
    return answer.results[0]!.configs[0]!.value
  }

  it('are changed while it is written to', async () => {
    const topic = await newTopic()
    const batch = batchOf(1, 500)
    expect(await send(topic, batch)).toBe(0)
    await change(topic, { name: 'max.message.bytes', value: '200' })
    expect(await send(topic, batch)).toBe(errorCodes.MESSAGE_TOO_LARGE)
    await change(topic, { name: 'max.message.bytes', configOperation: 1, value: null })
    expect(await send(topic, batch)).toBe(0)
    await change(topic, { name: 'message.timestamp.before.max.ms', value: '1000' })
    expect(await send(topic, batch)).toBe(errorCodes.INVALID_TIMESTAMP)
  })

  it('take more and less of a list, and nothing that is wrong', async () => {
    const topic = await newTopic()
    await change(topic, { name: 'cleanup.policy', configOperation: 2, value: 'compact' })
    expect(await configOf(topic, 'cleanup.policy')).toBe('delete,compact')
    await change(topic, { name: 'cleanup.policy', configOperation: 3, value: 'delete' })
    expect(await configOf(topic, 'cleanup.policy')).toBe('compact')
    const bad = await change(
      topic,
      { name: 'retention.ms', value: '5' },
      { name: 'segment.bytes', value: 'many' },
    )
    expect(bad).toMatchObject({
      errorCode: INVALID_CONFIG,
      errorMessage: 'Invalid value many for configuration segment.bytes: Not a number of type INT',
    })
    expect(await configOf(topic, 'retention.ms')).toBe('-1')
    expect((await change(topic, { name: 'segment.ms', configOperation: 2, value: '5' })).errorCode).toBe(
      INVALID_CONFIG,
    )
    expect((await change(topic, { name: 'segment.ms', value: null })).errorCode).toBe(INVALID_REQUEST)
    expect((await change('no-such-topic')).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('go back to their defaults when AlterConfigs does not name them, unless it only asks', async () => {
    const topic = await newTopic({ 'retention.ms': '5000', 'segment.ms': '5000' })
    const configs = [{ name: 'segment.ms', value: '6000' }]
    const resources = [{ resourceType: topicType, resourceName: topic, configs }]
    await client.call(alterConfigs, 2, { resources, validateOnly: true })
    expect(await configOf(topic, 'segment.ms')).toBe('5000')
    await client.call(alterConfigs, 2, { resources })
    expect([await configOf(topic, 'segment.ms'), await configOf(topic, 'retention.ms')]).toEqual([
      '6000',
      '604800000',
    ])
  })
})
