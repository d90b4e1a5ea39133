import { errorCodes } from '../../protocol/errors.ts'
import { listOffsets, offsetForLeaderEpoch } from '../../protocol/messages/fetch.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import type { Partition } from '../log/partition.ts'
import { LookBudget, NOWHERE, type TimestampOffset } from '../log/timestamps.ts'

/** Timestamps with a meaning of their own in ListOffsets. */
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5

/** First version of ListOffsets that knows them. */
const knownFrom: Readonly<Record<number, number>> = {
  [LATEST]: 1,
  [EARLIEST]: 1,
  [MAX_TIMESTAMP]: 7,
  [EARLIEST_LOCAL]: 8,
  [LATEST_TIERED]: 9,
}

const READ_COMMITTED = 1
/** What clients that look into a replica give for their own id. */
const DEBUGGER = -2

function find(
  { log, epochs, leadership }: Partition,
  timestamp: number,
  end: number,
  budget: LookBudget,
): TimestampOffset {
  const { logStartOffset } = log
  switch (timestamp) {
    case LATEST:
      return { timestamp: -1, offset: end, leaderEpoch: leadership.epoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { timestamp: -1, offset: logStartOffset, leaderEpoch: epochs.at(logStartOffset, log) }
    case LATEST_TIERED:
      return NOWHERE
    default: {
      const found =
        timestamp === MAX_TIMESTAMP ? log.latestTimestamp(budget) : log.offsetForTime(timestamp, budget)
      return found.offset < end ? found : NOWHERE
    }
  }
}

/** Partitions that are in a request more than once. */
function duplicates(topics: readonly { name: string; partitions: readonly { partitionIndex: number }[] }[]) {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name} ${partitionIndex}`
      ;(seen.has(key) ? twice : seen).add(key)
    }
  }
  return twice
}

export const listOffsetsHandler = handler(listOffsets, (request, { cluster, node, version }) => {
  const { replicaId, isolationLevel } = request
  const twice = duplicates(request.topics)
  const budget = new LookBudget()
  const ask = (name: string, partitionIndex: number, timestamp: number, epoch: number) => {
    if (twice.has(`${name} ${partitionIndex}`)) return { errorCode: errorCodes.INVALID_REQUEST }
    if (timestamp < 0 && !((knownFrom[timestamp] ?? Number.POSITIVE_INFINITY) <= version)) {
      return { errorCode: errorCodes.UNSUPPORTED_VERSION }
    }
    const partition = cluster.topics.get(name)?.partitions[partitionIndex]
    if (partition === undefined) return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
    const errorCode = partition.leadership.check(node.id, epoch, replicaId !== DEBUGGER)
    if (errorCode !== 0) return { errorCode }
    const { log } = partition
    const committed = isolationLevel === READ_COMMITTED && replicaId === -1
    return find(partition, timestamp, committed ? log.lastStableOffset : log.logEndOffset, budget)
  }
  const topics = distinct(request.topics, ({ name }) => name).map(({ name }) => {
    const asked = request.topics.flatMap(topic => (topic.name === name ? topic.partitions : []))
    const partitions = distinct(asked, ({ partitionIndex }) => `${partitionIndex}`).map(
      ({ partitionIndex, currentLeaderEpoch, timestamp }) => {
        const found = ask(name, partitionIndex, Number(timestamp), currentLeaderEpoch)
        return { partitionIndex, ...found }
      },
    )
    return { name, partitions }
  })
  return { topics }
})

/** Where the records of a leader's epoch end: what a consumer compares its position with after a leader has moved. */
export const offsetForLeaderEpochHandler = handler(offsetForLeaderEpoch, (request, { cluster, node }) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
      const partition = cluster.topics.get(topic)?.partitions[index]
      if (partition === undefined)
        return { partition: index, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      const errorCode = partition.leadership.check(node.id, currentLeaderEpoch)
      if (errorCode !== 0) return { partition: index, errorCode }
      const end = partition.epochs.endOf(leaderEpoch, partition.log)
      return { partition: index, leaderEpoch: end?.epoch ?? -1, endOffset: end?.endOffset ?? -1 }
    }),
  })),
}))
