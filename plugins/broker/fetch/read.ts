import { errorCodes } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import type { Context } from '../handler.ts'
import type { Partition } from '../log/partition.ts'
import type { Node } from '../nodes.ts'
import { locate, type Wanted } from './wanted.ts'

/** Who reads, and how. */
export interface Reader {
  readonly cluster: Cluster
  /** The broker that was asked. */
  readonly node: Node
  /** Whether topics are named by their ids. */
  readonly byId: boolean
  /** Whether only the leader may answer; else any replica in sync may. */
  readonly leaderOnly: boolean
  /** Whether the reader sees nothing of transactions that are open, and is told which were aborted. */
  readonly committed: boolean
  /** An error code that a fault rule has for a partition, 0 for none. */
  readonly failed?: Context['failed']
}

/** A partition's part of the answer. */
export interface PartitionAnswer {
  readonly topic: string
  readonly topicId: string
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch?: { readonly epoch: number; readonly endOffset: number } | undefined
  readonly currentLeader?: { readonly leaderId: number; readonly leaderEpoch: number } | undefined
  readonly abortedTransactions:
    | readonly { readonly producerId: bigint; readonly firstOffset: number }[]
    | null
  readonly records: readonly Buffer[]
  /** Of `records`. */
  readonly bytes: number
}

/** The end of what a reader may read: all up to the high watermark, or to the last stable offset. */
export function readableEnd({ log }: Partition, { committed }: Reader): number {
  return committed ? log.lastStableOffset : log.logEndOffset
}

/** Places that every answer without an error tells. */
function placesOf({ log }: Partition) {
  return {
    highWatermark: log.logEndOffset,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
  }
}

/** Judged again when the answer is made: while a fetch waits, records, topics and leaders may go. */
export function errorOf(partition: Partition, wanted: Wanted, reader: Reader): number {
  const { log, leadership } = partition
  if (log.deleted) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  const elsewhere = leadership.check(reader.node.id, wanted.leaderEpoch, reader.leaderOnly)
  if (elsewhere !== 0) return elsewhere
  const { offset, lastFetchedEpoch } = wanted
  const lost = lastFetchedEpoch >= 0 && partition.epochs.endOf(lastFetchedEpoch, log) === undefined
  if (lost || offset < log.logStartOffset) return errorCodes.OFFSET_OUT_OF_RANGE
  if (diverging(partition, wanted) !== undefined) return errorCodes.NONE
  return offset > log.logEndOffset ? errorCodes.OFFSET_OUT_OF_RANGE : errorCodes.NONE
}

/** Where the client's log and this one part, when its last record is not here. */
function diverging({ epochs, log }: Partition, { lastFetchedEpoch, offset }: Wanted) {
  if (lastFetchedEpoch < 0) return undefined
  const end = epochs.endOf(lastFetchedEpoch, log)
  if (end === undefined || (end.epoch === lastFetchedEpoch && end.endOffset >= offset)) return undefined
  return end
}

function refusal(
  wanted: Wanted,
  errorCode: number,
  aborted: [] | null,
  partition?: Partition,
): PartitionAnswer {
  const { topic, topicId, partition: partitionIndex } = wanted
  const { NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH } = errorCodes
  const moved = errorCode === NOT_LEADER_OR_FOLLOWER || errorCode === FENCED_LEADER_EPOCH
  return {
    ...{ topic, topicId, partitionIndex, errorCode },
    ...{ highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 },
    currentLeader: moved ? partition?.leadership.current : undefined,
    abortedTransactions: aborted,
    records: [],
    bytes: 0,
  }
}

/** What one partition answers: at most `maxBytes` of records, but one batch when `atLeastOne`. */
function readOne(
  wanted: Wanted,
  partition: Partition,
  maxBytes: number,
  atLeastOne: boolean,
  reader: Reader,
) {
  const injected = reader.failed?.(wanted.known?.name ?? wanted.topic, wanted.partition)
  const errorCode = injected || errorOf(partition, wanted, reader)
  if (errorCode !== 0) return refusal(wanted, errorCode, null, partition)
  const { topic, topicId, partition: partitionIndex, offset } = wanted
  const { log } = partition
  const answer = { topic, topicId, partitionIndex, errorCode, ...placesOf(partition) }
  const divergingEpoch = diverging(partition, wanted)
  if (divergingEpoch !== undefined) {
    return { ...answer, divergingEpoch, abortedTransactions: null, records: [], bytes: 0 }
  }
  const end = readableEnd(partition, reader)
  const records = log.read(offset, Math.min(maxBytes, wanted.maxBytes), atLeastOne, end)
  let bytes = 0
  for (const slice of records) bytes += slice.length
  const abortedTransactions = reader.committed ? log.abortedIn(offset, records) : null
  return { ...answer, abortedTransactions, records, bytes }
}

/** What all partitions answer, in the order asked, and whether it cannot wait for more. */
export function readAll(
  all: readonly Wanted[],
  maxBytes: number,
  reader: Reader,
): { answers: PartitionAnswer[]; bytes: number; urgent: boolean } {
  const answers: PartitionAnswer[] = []
  const unknown: PartitionAnswer[] = []
  let bytes = 0
  let urgent = false
  for (const wanted of all) {
    const partition = locate(wanted, reader.cluster, reader.byId)
    if (typeof partition === 'number') {
      unknown.push(refusal(wanted, partition, []))
      continue
    }
    const answer: PartitionAnswer = readOne(
      wanted,
      partition,
      Math.max(0, maxBytes - bytes),
      bytes === 0,
      reader,
    )
    bytes += answer.bytes
    urgent ||= answer.errorCode !== 0 || answer.divergingEpoch !== undefined
    answers.push(answer)
  }
  // A partition that is not there is no reason to answer early, unless there is no other.
  urgent ||= answers.length === 0
  return { answers: [...answers, ...unknown], bytes, urgent }
}
