import { errorCodes } from '../../protocol/errors.ts'
import { listOffsets } from '../../protocol/messages/fetch.ts'
import { handler } from '../handler.ts'
import type { PartitionLog, TimestampOffset } from '../log/partition-log.ts'

/** Timestamps with a meaning of their own in ListOffsets. */
const LATEST = -1n
const EARLIEST = -2n
const MAX_TIMESTAMP = -3n
const EARLIEST_LOCAL = -4n

function find(log: PartitionLog, timestamp: bigint): TimestampOffset {
  switch (timestamp) {
    case LATEST:
      return { timestamp: -1, offset: log.logEndOffset }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { timestamp: -1, offset: log.logStartOffset }
    case MAX_TIMESTAMP:
      return log.latestTimestamp()
    default:
      return log.offsetForTime(Number(timestamp))
  }
}

export const listOffsetsHandler = handler(listOffsets, (request, { cluster, node }) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
      const partition = cluster.topics.get(name)?.partitions[partitionIndex]
      if (partition === undefined) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      const errorCode = partition.leadership.check(node.id, currentLeaderEpoch)
      if (errorCode !== 0) return { partitionIndex, errorCode }
      const found = find(partition.log, timestamp)
      return { partitionIndex, ...found, leaderEpoch: found.offset < 0 ? -1 : partition.leadership.epoch }
    }),
  })),
}))
