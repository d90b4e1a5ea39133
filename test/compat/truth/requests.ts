/** Requests that many sessions make, with the topic by name and by id: the version decides which of them is written. */
import type { Answer } from './answer.ts'
import type { CallOptions, Request, Script } from './script.ts'

/** A record of 10 bytes or more at one time: the plainest batch. */
export { batchOf } from '../../plugins/broker/client.ts'

export interface ProduceOptions extends CallOptions {
  readonly acks?: number
  readonly transactionalId?: string | null
  readonly partition?: number
}

export function produceRequest(
  s: Script,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
): Request {
  const { acks = -1, transactionalId = null, partition = 0 } = options
  const partitionData = [{ index: partition, records }]
  return {
    acks,
    timeoutMs: 5000,
    transactionalId,
    topicData: [{ name: topic, topicId: s.idOf(topic), partitionData }],
  }
}

export function produce(
  s: Script,
  label: string,
  version: number,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
): Promise<Answer> {
  return s.call(label, 'Produce', version, produceRequest(s, topic, records, options), options)
}

/** Writes unrecorded, in a version that every session can use. */
export async function fill(s: Script, topic: string, ...batches: readonly Buffer[]): Promise<void> {
  for (const batch of batches) await produce(s, '', 9, topic, batch, { quiet: true })
}

export interface FetchOptions extends CallOptions {
  readonly offset?: number
  readonly partition?: number
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
  readonly minBytes?: number
  readonly maxWaitMs?: number
  readonly isolation?: number
  readonly leaderEpoch?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
}

export function fetchRequest(s: Script, topic: string, options: FetchOptions = {}): Request {
  const { offset = 0, partition = 0, partitionMaxBytes = 1_000_000, leaderEpoch = -1 } = options
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch: leaderEpoch }]
  return { ...fetchHead(options), topics: [{ topic, topicId: s.idOf(topic), partitions }] }
}

/** A fetch request without its topics. */
export function fetchHead(options: FetchOptions = {}): Request {
  const {
    maxBytes = 10_000_000,
    minBytes = 0,
    maxWaitMs = 0,
    isolation = 0,
    sessionId = 0,
    sessionEpoch = -1,
  } = options
  return { maxWaitMs, minBytes, maxBytes, isolationLevel: isolation, sessionId, sessionEpoch }
}

export function fetch(
  s: Script,
  label: string,
  version: number,
  topic: string,
  options: FetchOptions = {},
): Promise<Answer> {
  return s.call(label, 'Fetch', version, fetchRequest(s, topic, options), options)
}
