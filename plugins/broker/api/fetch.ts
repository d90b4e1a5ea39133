import { errorCodes } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import type { Decoded } from '../../protocol/schema.ts'
import type { Broker } from '../broker.ts'
import { type Context, handler } from '../handler.ts'
import { checkLeaderEpoch } from '../leader-epoch.ts'
import type { PartitionLog } from '../log/partition-log.ts'

type FetchRequest = Decoded<typeof fetch.request>

interface Wanted {
  readonly partition: number
  readonly errorCode: number
  readonly log: PartitionLog | undefined
  readonly offset: number
  readonly maxBytes: number
}

interface WantedTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly Wanted[]
}

/** Finds the logs; what is wrong with a partition is found again when the answer is made, since it may have moved. */
function resolve(request: FetchRequest, broker: Broker, version: number): WantedTopic[] {
  return request.topics.map(({ topic: name, topicId, partitions }) => {
    const topic = version < 13 ? broker.topics.get(name) : broker.topics.byId(topicId)
    const missing = version < 13 ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.UNKNOWN_TOPIC_ID
    return {
      topic: name,
      topicId,
      partitions: partitions.map(({ partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes }) => {
        const log = topic?.partitions[partition]?.log
        const unknown = topic === undefined ? missing : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
        return {
          partition,
          errorCode: log === undefined ? unknown : checkLeaderEpoch(currentLeaderEpoch),
          log,
          offset: Number(fetchOffset),
          maxBytes: partitionMaxBytes,
        }
      }),
    }
  })
}

function errorOf({ errorCode, log, offset }: Wanted): number {
  if (errorCode !== 0 || log === undefined) return errorCode
  return offset < log.logStartOffset || offset > log.logEndOffset ? errorCodes.OFFSET_OUT_OF_RANGE : 0
}

/** Bytes still missing to `minBytes`; 0 when something is wrong that the client should hear about at once. */
function missingBytes(topics: readonly WantedTopic[], request: FetchRequest): number {
  let missing = Math.min(request.minBytes, request.maxBytes)
  for (const { partitions } of topics) {
    for (const wanted of partitions) {
      if (errorOf(wanted) !== 0) return 0
      missing -= Math.min(wanted.log!.bytesFrom(wanted.offset), wanted.maxBytes)
      if (missing <= 0) return 0
    }
  }
  return missing
}

function answer(topics: readonly WantedTopic[], request: FetchRequest) {
  let left = request.maxBytes
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

/** Waits until `missing` more bytes have come, `maxWaitMs` is over, or the connection is gone. */
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
export const fetchHandler = handler(fetch, (request, context: Context) => {
  if (request.sessionId !== 0) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND }
  const topics = resolve(request, context.broker, context.version)
  const missing = missingBytes(topics, request)
  if (missing === 0 || request.maxWaitMs <= 0) return answer(topics, request)
  return waitFor(topics, missing, request.maxWaitMs, context.closed).then(() => answer(topics, request))
})
