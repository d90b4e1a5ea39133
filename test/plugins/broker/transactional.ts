/** What tests of transactions share: producers by raw requests, and a reader that drops what was aborted as a client does. */
import type { Cluster } from '../../../plugins/broker/cluster.ts'
import { dispatch } from '../../../plugins/broker/dispatch.ts'
import type { Node } from '../../../plugins/broker/nodes.ts'
import { controlBit, readBatchHeader, transactionalBit } from '../../../plugins/protocol/batch.ts'
import { decode } from '../../../plugins/protocol/codec.ts'
import { fetch } from '../../../plugins/protocol/messages/fetch.ts'
import { initProducerId, produce } from '../../../plugins/protocol/messages/produce.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  txnOffsetCommit,
} from '../../../plugins/protocol/messages/transactions.ts'
import { ByteReader } from '../../../plugins/protocol/reader.ts'
import { decodeBatch, encodeBatch } from '../../../plugins/protocol/records.ts'
import type { Api, Decoded, Encodable, Fields } from '../../../plugins/protocol/schema.ts'
import { frameOf } from './client.ts'

/** Anything that answers requests. */
export interface Caller {
  call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    version: number,
    request: Encodable<Q>,
  ): Promise<Decoded<P>>
}

/** The broker's dispatcher without a connection. */
export class DirectClient implements Caller {
  readonly #context

  constructor(cluster: Cluster, node: Node) {
    const { signal: closed } = new AbortController()
    this.#context = { ...{ cluster, node, closed }, clientHost: '', connection: 1, hold: () => {} }
  }

  async call<Q extends Fields, P extends Fields>(
    api: Api<Q, P>,
    version: number,
    request: Encodable<Q>,
  ): Promise<Decoded<P>> {
    const answer = await dispatch(frameOf(api, version, request).subarray(4), this.#context as never)
    if (!Array.isArray(answer)) throw new Error('no answer')
    const reader = new ByteReader(Buffer.concat(answer), 8)
    const flexible = version >= api.flexible
    if (flexible) reader.taggedFields()
    return decode(api.response, version, flexible, reader)
  }
}

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export const NOBODY: Identity = { producerId: -1n, producerEpoch: -1 }

export async function init(client: Caller, id: string | null, options: object = {}, version = 4) {
  const { errorCode, producerId, producerEpoch } = await client.call(initProducerId, version, {
    transactionalId: id,
    transactionTimeoutMs: 60_000,
    ...options,
  })
  return { errorCode, producerId, producerEpoch }
}

/** Adds partitions of one topic and answers their error codes. */
export async function add(
  client: Caller,
  id: string,
  who: Identity,
  topic: string,
  partitions: number[],
  version = 3,
) {
  const answer = await client.call(addPartitionsToTxn, version, {
    v3AndBelowTransactionalId: id,
    v3AndBelowProducerId: who.producerId,
    v3AndBelowProducerEpoch: who.producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions }],
  })
  const results = answer.resultsByTopicV3AndBelow.flatMap(each => each.resultsByPartition)
  return partitions.map(index => results.find(each => each.partitionIndex === index)?.partitionErrorCode)
}

export async function addGroup(client: Caller, id: string, who: Identity, groupId: string, version = 3) {
  const { producerId, producerEpoch } = who
  const request = { transactionalId: id, producerId, producerEpoch, groupId }
  return (await client.call(addOffsetsToTxn, version, request)).errorCode
}

export function end(client: Caller, id: string, who: Identity, committed: boolean, version = 3) {
  const { producerId, producerEpoch } = who
  return client.call(endTxn, version, { transactionalId: id, producerId, producerEpoch, committed })
}

export interface Sent {
  readonly version?: number
  readonly transactionalId?: string | null
  readonly transactional?: boolean
  readonly partition?: number
}

/** Sends one batch with these values. */
export async function send(
  client: Caller,
  topic: string,
  who: Identity,
  baseSequence: number,
  values: readonly string[],
  { version = 9, transactionalId = null, transactional = transactionalId !== null, partition = 0 }: Sent = {},
) {
  const attributes = transactional ? transactionalBit : 0
  const { producerId, producerEpoch } = who
  const records = encodeBatch(
    values.map(value => ({ timestamp: Date.now(), value: Buffer.from(value) })),
    { producerId, producerEpoch, baseSequence, attributes },
  )
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
  const answer = await client.call(produce, version, {
    transactionalId,
    acks: -1,
    timeoutMs: 1000,
    topicData,
  })
  return answer.responses[0]!.partitionResponses[0]!
}

/** Commits an offset of one partition in a transaction: its error code. */
export async function commitOffset(
  client: Caller,
  id: string,
  who: Identity,
  groupId: string,
  topic: string,
  committedOffset: number,
  {
    version = 3,
    partition = 0,
    ...member
  }: { version?: number; partition?: number; generationId?: number; memberId?: string } = {},
) {
  const { producerId, producerEpoch } = who
  const partitions = [{ partitionIndex: partition, committedOffset, committedMetadata: '' }]
  const answer = await client.call(txnOffsetCommit, version, {
    transactionalId: id,
    groupId,
    producerId,
    producerEpoch,
    ...member,
    topics: [{ name: topic, partitions }],
  })
  return answer.topics[0]!.partitions[0]!.errorCode
}

export interface Wanted {
  readonly partition?: number
  readonly offset?: number
  readonly maxBytes?: number
  readonly committed?: boolean
  readonly maxWaitMs?: number
  readonly minBytes?: number
}

export async function read(client: Caller, topic: string, wanted: Wanted = {}) {
  const { partition = 0, offset = 0, maxBytes = 1e6, committed = false, maxWaitMs = 0, minBytes = 1 } = wanted
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }]
  const answer = await client.call(fetch, 11, {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel: committed ? 1 : 0,
    topics: [{ topic, partitions }],
  })
  return answer.responses[0]!.partitions[0]!
}

type FetchedPartition = Awaited<ReturnType<typeof read>>

export interface Visible {
  readonly offset: number
  readonly value: string
}

/**
 * What a consumer makes of an answer, as the Java consumer does: control batches are skipped, and with read_committed the
 * batches of aborted transactions, from the list beside them.
 */
export function visible({ records, abortedTransactions }: FetchedPartition): {
  records: Visible[]
  /** Offsets of all batches, control batches too: first and last. */
  batches: (readonly [number, number])[]
} {
  const found: Visible[] = []
  const batches: (readonly [number, number])[] = []
  const upcoming = [...(abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborted = new Set<bigint>()
  const bytes = records ?? Buffer.alloc(0)
  for (let at = 0; at < bytes.length; ) {
    const { baseOffset, lastOffsetDelta, attributes, producerId, sizeInBytes } = readBatchHeader(bytes, at)
    const batch = decodeBatch(bytes, at)
    at += sizeInBytes
    const last = baseOffset + lastOffsetDelta
    batches.push([baseOffset, last])
    while (upcoming.length > 0 && upcoming[0]!.firstOffset <= last) aborted.add(upcoming.shift()!.producerId)
    if (attributes & controlBit) {
      if (batch.records[0]!.key!.readInt16BE(2) === 0) aborted.delete(producerId)
      continue
    }
    if (attributes & transactionalBit && aborted.has(producerId)) continue
    for (const { offset, value } of batch.records) found.push({ offset, value: String(value) })
  }
  return { records: found, batches }
}

/** Everything a consumer sees from `offset` on, asking for `maxBytes` at a time, until there is no more. */
export async function readAll(client: Caller, topic: string, wanted: Wanted) {
  const records: Visible[] = []
  const batches: (readonly [number, number])[] = []
  let offset = wanted.offset ?? 0
  for (;;) {
    const answer = await read(client, topic, { ...wanted, offset })
    if (answer.errorCode !== 0) throw new Error(`error ${answer.errorCode} at ${offset}`)
    const got = visible(answer)
    if (got.batches.length === 0) return { records, batches, answer }
    records.push(...got.records.filter(each => each.offset >= offset))
    batches.push(...got.batches)
    offset = got.batches.at(-1)![1] + 1
  }
}
