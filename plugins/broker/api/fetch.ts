import { errorCodes } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Broker } from '../broker.ts'
import { handler } from '../handler.ts'
import { checkLeaderEpoch } from '../leader-epoch.ts'
import type { PartitionLog } from '../log/partition-log.ts'

type FetchRequest = Decoded<typeof fetch.request>

/** Most bytes of records in one answer, whatever the client asks for: what it does not read is held here. */
const MAX_FETCH_BYTES = 16 * 1024 * 1024

interface Wanted {
  readonly partition: number
  /** Undefined when there is no such partition; `unknown` is then the error code. */
  readonly log: PartitionLog | undefined
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
function resolve(request: FetchRequest, broker: Broker, byId: boolean): WantedTopic[] {
  const seen = new Set<PartitionLog>()
  return request.topics.map(({ topic: name, topicId, partitions }) => {
    const topic = byId ? broker.topics.byId(topicId) : broker.topics.get(name)
    const { UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
    const wanted: Wanted[] = []
    for (const { partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes } of partitions) {
      const log = topic?.partitions[partition]?.log
      if (log !== undefined) {
        if (seen.has(log)) continue
        seen.add(log)
      }
      wanted.push({
        partition,
        log,
        unknown:
          byId && (topic === undefined || log !== undefined) ? UNKNOWN_TOPIC_ID : UNKNOWN_TOPIC_OR_PARTITION,
        leaderEpoch: currentLeaderEpoch,
        offset: Number(fetchOffset),
        maxBytes: partitionMaxBytes,
      })
    }
    return { topic: name, topicId, partitions: wanted }
  })
}

/** Judged again when the answer is made: while a fetch waits, records and topics may go. */
function errorOf({ log, unknown, leaderEpoch, offset }: Wanted): number {
  if (log === undefined || log.deleted) return unknown
  if (offset < log.logStartOffset || offset > log.logEndOffset) return errorCodes.OFFSET_OUT_OF_RANGE
  return checkLeaderEpoch(leaderEpoch)
}

/** Bytes still missing to `minBytes`; 0 when something is wrong that the client should hear about at once. */
function missingBytes(topics: readonly WantedTopic[], minBytes: number): number {
  let missing = minBytes
  let asked = 0
  for (const { partitions } of topics) {
    for (const wanted of partitions) {
      if (errorOf(wanted) !== 0) return 0
      missing -= Math.min(wanted.log!.bytesFrom(wanted.offset), wanted.maxBytes)
      if (missing <= 0) return 0
      asked++
    }
  }
  return asked === 0 ? 0 : missing
}

function answer(topics: readonly WantedTopic[], maxBytes: number) {
  let left = maxBytes
  let empty = true
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(wanted => {
      const { partition, log, offset } = wanted
      const errorCode = errorOf(wanted)
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
      for (const { log } of partitions) if (log) unsubscribe.push(log.onAppend(onAppend))
    }
  })
}

/** No fetch sessions: every request is a full one, and the answer says so with session id 0. */
export const fetchHandler = handler(fetch, (request, { broker, version, closed }) => {
  if (request.sessionId !== 0) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND }
  const topics = resolve(request, broker, version >= 13)
  const maxBytes = Math.min(request.maxBytes, MAX_FETCH_BYTES)
  const missing = missingBytes(topics, Math.min(request.minBytes, maxBytes))
  if (missing === 0 || request.maxWaitMs <= 0) return answer(topics, maxBytes)
  return waitFor(topics, missing, request.maxWaitMs, closed).then(() => answer(topics, maxBytes))
})
