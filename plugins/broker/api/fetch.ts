import { errorCodes } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Cluster } from '../cluster.ts'
import { handler } from '../handler.ts'
import type { Partition } from '../log/partition.ts'
import type { Node } from '../nodes.ts'

type FetchRequest = Decoded<typeof fetch.request>

/** Most bytes of records in one answer, whatever the client asks for: what it does not read is held here. */
const MAX_FETCH_BYTES = 16 * 1024 * 1024

interface Wanted {
  readonly partition: number
  /** Undefined when there is no such partition; `unknown` is then the error code. */
  readonly at: Partition | undefined
  readonly unknown: number
  readonly leaderEpoch: number
  readonly offset: number
  readonly maxBytes: number
}

interface WantedTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly Wanted[]
}

/** Finds the logs. A partition that is asked for twice is answered once, so that a waiting fetch stays small. */
function resolve(request: FetchRequest, cluster: Cluster, byId: boolean): WantedTopic[] {
  const seen = new Set<Partition>()
  return request.topics.map(({ topic: name, topicId, partitions }) => {
    const topic = byId ? cluster.topics.byId(topicId) : cluster.topics.get(name)
    const { UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
    const wanted: Wanted[] = []
    for (const { partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes } of partitions) {
      const at = topic?.partitions[partition]
      if (at !== undefined) {
        if (seen.has(at)) continue
        seen.add(at)
      }
      wanted.push({
        partition,
        at,
        unknown:
          byId && (topic === undefined || at !== undefined) ? UNKNOWN_TOPIC_ID : UNKNOWN_TOPIC_OR_PARTITION,
        leaderEpoch: currentLeaderEpoch,
        offset: Number(fetchOffset),
        maxBytes: partitionMaxBytes,
      })
    }
    return { topic: name, topicId, partitions: wanted }
  })
}

/** Judged again when the answer is made: while a fetch waits, records and topics may go. */
function errorOf({ at, unknown, leaderEpoch, offset }: Wanted, node: Node): number {
  if (at === undefined || at.log.deleted) return unknown
  const elsewhere = at.leadership.check(node.id, leaderEpoch)
  if (elsewhere !== 0) return elsewhere
  const { log } = at
  if (offset < log.logStartOffset || offset > log.logEndOffset) return errorCodes.OFFSET_OUT_OF_RANGE
  return errorCodes.NONE
}

/** Bytes still missing to `minBytes`; 0 when something is wrong that the client should hear about at once. */
function missingBytes(topics: readonly WantedTopic[], minBytes: number, node: Node): number {
  let missing = minBytes
  let asked = 0
  for (const { partitions } of topics) {
    for (const wanted of partitions) {
      if (errorOf(wanted, node) !== 0) return 0
      missing -= Math.min(wanted.at!.log.bytesFrom(wanted.offset), wanted.maxBytes)
      if (missing <= 0) return 0
      asked++
    }
  }
  return asked === 0 ? 0 : missing
}

function answer(topics: readonly WantedTopic[], maxBytes: number, node: Node) {
  let left = maxBytes
  let empty = true
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(wanted => {
      const { partition, at, offset } = wanted
      const errorCode = errorOf(wanted, node)
      const log = at?.log
      const highWatermark = log?.logEndOffset ?? -1
      const places = {
        highWatermark,
        lastStableOffset: highWatermark,
        logStartOffset: log?.logStartOffset ?? -1,
      }
      let records: Buffer[] = []
      if (errorCode === 0 && log !== undefined) {
        records = log.read(offset, Math.min(left, wanted.maxBytes), empty)
        for (const slice of records) left -= slice.length
        if (records.length > 0) empty = false
        left = Math.max(left, 0)
      }
      return { partitionIndex: partition, errorCode, ...places, records }
    }),
  }))
  return { responses }
}

/** Waits until `missing` more bytes have come, a topic is deleted, `maxWaitMs` is over, or the connection is gone. */
function waitFor(topics: readonly WantedTopic[], missing: number, maxWaitMs: number, closed: AbortSignal) {
  return new Promise<void>(resolve => {
    let left = missing
    const unsubscribe: (() => void)[] = []
    const done = () => {
      clearTimeout(timer)
      closed.removeEventListener('abort', done)
      for (const each of unsubscribe) each()
      resolve()
    }
    const timer = setTimeout(done, maxWaitMs)
    closed.addEventListener('abort', done)
    const onAppend = (bytes: number) => {
      if (left <= 0) return
      left -= bytes
      // Later in this turn, so that one answer carries everything that one Produce request brought.
      if (left <= 0) setImmediate(done)
    }
    for (const { partitions } of topics) {
      for (const { at } of partitions) if (at) unsubscribe.push(at.log.onAppend(onAppend))
    }
  })
}

/** No fetch sessions: every request is a full one, and the answer says so with session id 0. */
export const fetchHandler = handler(fetch, (request, { cluster, node, version, closed }) => {
  if (request.sessionId !== 0) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND }
  const topics = resolve(request, cluster, version >= 13)
  const maxBytes = Math.min(request.maxBytes, MAX_FETCH_BYTES)
  const missing = missingBytes(topics, Math.min(request.minBytes, maxBytes), node)
  if (missing === 0 || request.maxWaitMs <= 0) return answer(topics, maxBytes, node)
  return waitFor(topics, missing, request.maxWaitMs, closed).then(() => answer(topics, maxBytes, node))
})
