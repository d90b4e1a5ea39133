import { zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchAt,
  batchCrc,
  writeOffset,
} from '../../../plugins/protocol/batch.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { fetch, listOffsets } from '../../../plugins/protocol/messages/fetch.ts'
import { initProducerId, produce } from '../../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteTopics } from '../../../plugins/protocol/messages/topics.ts'
import { type BatchOptions, decodeBatch, encodeBatch } from '../../../plugins/protocol/records.ts'
import { batchOf, TestClient } from './client.ts'

const EARLIEST = -2
const LATEST = -1
const ZSTD = 4

let broker: RunningBroker
let client: TestClient

beforeAll(async () => {
  broker = await startBroker({ retentionBytes: 256 * 1024 }, () => {})
})
afterAll(() => broker.close())
beforeEach(async () => {
  client = await TestClient.to(broker.port)
})
afterEach(() => client.close())

let topics = 0
async function newTopic(configs: { name: string; value: string }[] = []): Promise<string> {
  const name = `topic-${++topics}`
  const answer = await client.call(createTopics, 5, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1, configs }],
  })
  expect(answer.topics[0]?.errorCode).toBe(0)
  return name
}

async function send(topic: string, records: Buffer | null, { version = 9, acks = -1 } = {}) {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const answer = await client.call(produce, version, { acks, timeoutMs: 1000, topicData })
  return answer.responses[0]!.partitionResponses[0]!
}

async function read(topic: string, fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }]
  const answer = await client.call(fetch, 11, { minBytes: 1, maxBytes: 1e6, topics: [{ topic, partitions }] })
  return answer.responses[0]!.partitions[0]!
}

async function offset(topic: string, timestamp: number): Promise<{ offset: bigint; timestamp: bigint }> {
  const answer = await client.call(listOffsets, 7, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
  })
  const { offset: found, timestamp: at, errorCode } = answer.topics[0]!.partitions[0]!
  expect(errorCode).toBe(0)
  return { offset: found, timestamp: at }
}

/** Changes a batch and makes its checksum right again. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  change(batch)
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}

describe('Produce', () => {
  it('gives records their offsets, and Fetch and ListOffsets show them', async () => {
    const topic = await newTopic()
    expect(await send(topic, batchOf(3))).toMatchObject({ errorCode: 0, baseOffset: 0n, logStartOffset: 0n })
    expect(await send(topic, batchOf(2))).toMatchObject({
      errorCode: 0,
      baseOffset: 3n,
    })
    const { records, highWatermark } = await read(topic, 3)
    expect(highWatermark).toBe(5n)
    expect(decodeBatch(records!).records.map(each => each.offset)).toEqual([3, 4])
    expect((await offset(topic, LATEST)).offset).toBe(5n)
    expect((await offset(topic, EARLIEST)).offset).toBe(0n)
  })

  const flipped = batchOf(2)
  flipped[flipped.length - 1] = flipped.at(-1)! ^ 1
  it.each([
    ['a wrong checksum', flipped, 'CORRUPT_MESSAGE'],
    ['a batch cut off', batchOf(2).subarray(0, -1), 'INVALID_RECORD'],
    ['fewer bytes than a header', Buffer.alloc(16), 'INVALID_RECORD'],
    ['a length that no batch has', Buffer.alloc(60), 'CORRUPT_MESSAGE'],
    ['an unknown format', changed(batchOf(1), batch => batch.writeInt8(3, batchAt.magic)), 'CORRUPT_MESSAGE'],
    ['an offset of its own', batchOf(1, 10, { baseOffset: 99 }), 'INVALID_RECORD'],
    [
      'an old message format',
      changed(batchOf(1), batch => batch.writeInt8(1, batchAt.magic)),
      'INVALID_RECORD',
    ],
    ['no records', Buffer.alloc(0), 'INVALID_RECORD'],
    ['null', null, 'INVALID_RECORD'],
    ['two batches', Buffer.concat([batchOf(1), batchOf(1)]), 'INVALID_RECORD'],
    [
      'a wrong count',
      changed(batchOf(2), batch => batch.writeInt32BE(3, batchAt.recordsCount)),
      'INVALID_RECORD',
    ],
    [
      'a negative count',
      changed(batchOf(1), batch => batch.writeInt32BE(-1, batchAt.recordsCount)),
      'INVALID_RECORD',
    ],
    ['a control batch', batchOf(1, 10, { attributes: 0x20 }), 'INVALID_RECORD'],
    [
      'a transaction of nobody',
      batchOf(1, 10, { attributes: 0x10 }),
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ],
    ['an unknown codec', batchOf(1, 10, { attributes: 7 }), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['a producer id without a sequence', batchOf(1, 10, { producerId: 1n }), 'INVALID_RECORD'],
    [
      'a time before all times',
      changed(batchOf(1), batch => writeOffset(batch, batchAt.maxTimestamp, -2)),
      'INVALID_TIMESTAMP',
    ],
    [
      'a time after all times',
      changed(batchOf(1), batch => batch.writeBigInt64BE(2n ** 63n - 1n, batchAt.maxTimestamp)),
      'INVALID_TIMESTAMP',
    ],
    ['more than max.message.bytes', batchOf(1, 1100), 'MESSAGE_TOO_LARGE'],
  ] as const)('refuses %s', async (_, records, error) => {
    const topic = await newTopic([{ name: 'max.message.bytes', value: '1000' }])
    expect(await send(topic, records)).toMatchObject({ errorCode: errorCodes[error], baseOffset: -1n })
    expect((await offset(topic, LATEST)).offset).toBe(0n)
    expect(await send(topic, batchOf(1))).toMatchObject({ errorCode: 0, baseOffset: 0n })
  })

  it('refuses a time too far ahead of now, as far as the topic says', async () => {
    const { INVALID_TIMESTAMP } = errorCodes
    const ahead = batchOf(1, 10, { timestamp: Date.now() + 2 * 3_600_000 })
    expect(await send(await newTopic(), ahead)).toMatchObject({ errorCode: INVALID_TIMESTAMP })
    const lenient = await newTopic([{ name: 'message.timestamp.after.max.ms', value: '86400000' }])
    expect(await send(lenient, ahead)).toMatchObject({ errorCode: 0 })
  })

  it('takes zstd only from a client that knows it', async () => {
    const topic = await newTopic()
    const batch = batchOf(1, 10, { attributes: ZSTD })
    const { UNSUPPORTED_COMPRESSION_TYPE } = errorCodes
    expect(await send(topic, batch, { version: 6 })).toMatchObject({
      errorCode: UNSUPPORTED_COMPRESSION_TYPE,
    })
    expect(await send(topic, batch, { version: 7 })).toMatchObject({ errorCode: 0 })
  })

  it('drops what follows a batch and is none', async () => {
    const topic = await newTopic()
    const records = Buffer.concat([batchOf(2), Buffer.alloc(7)])
    expect(await send(topic, records)).toMatchObject({ errorCode: 0, baseOffset: 0n })
    expect(decodeBatch((await read(topic, 0)).records!).records).toHaveLength(2)
  })

  it('takes the last of several batches for a partition, and answers once', async () => {
    const topic = await newTopic()
    const part = (count: number) => ({ name: topic, partitionData: [{ index: 0, records: batchOf(count) }] })
    const topicData = [part(1), { name: topic, partitionData: [] }, part(3)]
    const answer = await client.call(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
    expect(answer.responses).toMatchObject([{ partitionResponses: [{ index: 0, errorCode: 0 }] }])
    expect((await offset(topic, LATEST)).offset).toBe(3n)
  })

  it('names the records whose times are out of range', async () => {
    const topic = await newTopic([{ name: 'message.timestamp.before.max.ms', value: '3600000' }])
    const now = Date.now()
    const { INVALID_TIMESTAMP } = errorCodes
    const old = encodeBatch([{ timestamp: now - 7_200_000 }, { timestamp: now }])
    expect(await send(topic, old)).toMatchObject({
      errorCode: INVALID_TIMESTAMP,
      recordErrors: [{ batchIndex: 0 }],
      logStartOffset: 0n,
    })
  })

  it('refuses acks that are not 0, 1 or all', async () => {
    const topic = await newTopic()
    const { INVALID_REQUIRED_ACKS } = errorCodes
    expect(await send(topic, batchOf(1), { acks: 2 })).toMatchObject({ errorCode: INVALID_REQUIRED_ACKS })
  })

  it('answers nothing to acks=0, and has the records', async () => {
    const topic = await newTopic()
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: batchOf(2) }] }]
    const nothing = client.call(produce, 9, { acks: 0, timeoutMs: 1000, topicData })
    // The next answer on the connection is that of the next request.
    await expect(Promise.all([nothing, offset(topic, LATEST)])).rejects.toThrow('answers are out of order')
    client.close()
    client = await TestClient.to(broker.port)
    expect((await offset(topic, LATEST)).offset).toBe(2n)
  })

  it('puts its own time into the batch with LogAppendTime', async () => {
    const topic = await newTopic([{ name: 'message.timestamp.type', value: 'LogAppendTime' }])
    const { logAppendTimeMs } = await send(topic, batchOf(2, 10, { timestamp: 5 }))
    const { header } = decodeBatch((await read(topic, 0)).records!)
    expect(header).toMatchObject({ attributes: 8, maxTimestamp: Number(logAppendTimeMs), recordsCount: 2 })
    expect(await offset(topic, 6)).toEqual({ offset: 0n, timestamp: logAppendTimeMs })
  })

  it('drops the oldest records, moves the log start, and says OFFSET_OUT_OF_RANGE below and above', async () => {
    const topic = await newTopic()
    for (let n = 0; n < 200; n++) await send(topic, batchOf(1, 4000))
    const start = (await offset(topic, EARLIEST)).offset
    expect(start).toBeGreaterThan(100n)
    const range = { logStartOffset: start, highWatermark: 200n }
    expect(await read(topic, Number(start))).toMatchObject({ errorCode: 0, ...range })
    for (const outside of [Number(start) - 1, 201, -1]) {
      const { OFFSET_OUT_OF_RANGE } = errorCodes
      const answer = await read(topic, outside)
      const nowhere = { logStartOffset: -1n, highWatermark: -1n, records: Buffer.alloc(0) }
      expect(answer).toMatchObject({ errorCode: OFFSET_OUT_OF_RANGE, ...nowhere })
    }
    expect(await read(topic, 200)).toMatchObject({ errorCode: 0, records: Buffer.alloc(0) })
  })

  it('begins anew after a topic was deleted', async () => {
    const topic = await newTopic()
    await send(topic, batchOf(3))
    await client.call(deleteTopics, 4, { topicNames: [topic] })
    const { UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
    expect(await send(topic, batchOf(1))).toMatchObject({ errorCode: UNKNOWN_TOPIC_OR_PARTITION })
    await client.call(createTopics, 5, { topics: [{ name: topic, numPartitions: 1, replicationFactor: 1 }] })
    expect(await send(topic, batchOf(1))).toMatchObject({ errorCode: 0, baseOffset: 0n })
  })
})

describe('ListOffsets by time', () => {
  it('unpacks batches up to a bound on all of a request, and takes further ones as one record', async () => {
    const value = Buffer.alloc(1.3 * 1024 * 1024)
    const plain = encodeBatch([1, 1, 1].map(timestamp => ({ timestamp, value })))
    const body = zstdCompressSync(plain.subarray(BATCH_HEADER_BYTES))
    const batch = changed(Buffer.concat([plain.subarray(0, BATCH_HEADER_BYTES), body]), header => {
      header.writeInt32BE(header.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
      header.writeInt16BE(ZSTD, batchAt.attributes)
      writeOffset(header, batchAt.maxTimestamp, 5)
    })
    const asked = []
    for (let n = 0; n < 12; n++) {
      const name = await newTopic()
      expect(await send(name, batch)).toMatchObject({ errorCode: 0 })
      asked.push({ name, partitions: [{ partitionIndex: 0, timestamp: 3 }] })
    }
    const answer = await client.call(listOffsets, 7, { replicaId: -1, topics: asked })
    const offsets = answer.topics.map(({ partitions }) => partitions[0]!.offset)
    // No record is as late as the batch says; 32 MiB are eight batches and a part of one.
    expect(offsets).toEqual([...Array(9).fill(-1n), ...Array(3).fill(0n)])
  })
})

describe('an idempotent producer', () => {
  async function newId(): Promise<bigint> {
    const { errorCode, producerId } = await client.call(initProducerId, 4, { transactionalId: null })
    expect(errorCode).toBe(0)
    return producerId
  }
  const idempotent = (topic: string, producerId: bigint, baseSequence: number, options: BatchOptions = {}) =>
    send(topic, batchOf(2, 10, { producerId, producerEpoch: 0, baseSequence, ...options }))

  it('gets an id of its own', async () => {
    expect(await newId()).not.toBe(await newId())
  })

  it('gets the first answer again for a repeated batch, and the log has it once', async () => {
    const topic = await newTopic()
    const id = await newId()
    for (const [at, sequence] of [0, 2, 4, 6, 8].entries()) {
      expect(await idempotent(topic, id, sequence)).toMatchObject({
        errorCode: 0,
        baseOffset: BigInt(2 * at),
      })
    }
    for (const [at, sequence] of [0, 2, 4, 6, 8].entries()) {
      expect(await idempotent(topic, id, sequence)).toMatchObject({
        errorCode: 0,
        baseOffset: BigInt(2 * at),
      })
    }
    expect((await offset(topic, LATEST)).offset).toBe(10n)
  })

  it('is refused a gap, a sequence of long ago, and an old epoch', async () => {
    const topic = await newTopic()
    const id = await newId()
    const { OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH } = errorCodes
    for (const sequence of [0, 2, 4, 6, 8, 10]) await idempotent(topic, id, sequence)
    expect(await idempotent(topic, id, 14)).toMatchObject({ errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER })
    expect(await idempotent(topic, id, 0)).toMatchObject({ errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER })
    expect(await idempotent(topic, id, 3, { producerEpoch: 1 })).toMatchObject({
      errorCode: OUT_OF_ORDER_SEQUENCE_NUMBER,
    })
    expect(await idempotent(topic, id, 0, { producerEpoch: 1 })).toMatchObject({ errorCode: 0 })
    expect(await idempotent(topic, id, 12)).toMatchObject({ errorCode: INVALID_PRODUCER_EPOCH })
  })

  it('goes on from 0 after the largest sequence', async () => {
    const topic = await newTopic()
    const id = await newId()
    expect(await idempotent(topic, id, 2 ** 31 - 2)).toMatchObject({ errorCode: 0 })
    expect(await idempotent(topic, id, 0)).toMatchObject({ errorCode: 0, baseOffset: 2n })
  })
})
