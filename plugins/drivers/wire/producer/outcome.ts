/** What a broker's error code says of a batch: docs/measurement.md has the table. */
import { errorCodes } from '../../../protocol/errors.ts'

const e = errorCodes

/** Nothing was appended. */
const REFUSED = new Set<number>([
  e.CORRUPT_MESSAGE,
  e.MESSAGE_TOO_LARGE,
  e.INVALID_TOPIC_EXCEPTION,
  e.RECORD_LIST_TOO_LARGE,
  e.NOT_ENOUGH_REPLICAS,
  e.TOPIC_AUTHORIZATION_FAILED,
  e.CLUSTER_AUTHORIZATION_FAILED,
  e.INVALID_TIMESTAMP,
  e.POLICY_VIOLATION,
  e.INVALID_PRODUCER_EPOCH,
  // the transaction before is still being ended, and this one could not begin
  e.CONCURRENT_TRANSACTIONS,
  e.UNSUPPORTED_COMPRESSION_TYPE,
  e.INVALID_RECORD,
  e.PRODUCER_FENCED,
])

/** With acks=1 nothing was appended; with acks=all the leader may have appended before it was deposed. */
const REFUSED_BY_LEADER = new Set<number>([e.UNKNOWN_TOPIC_OR_PARTITION, e.NOT_LEADER_OR_FOLLOWER])

/** The broker does not take this sequence now: it was not appended by this attempt. */
const OUT_OF_ORDER = new Set<number>([e.OUT_OF_ORDER_SEQUENCE_NUMBER, e.UNKNOWN_PRODUCER_ID])

/** Another leader may be found by asking. */
const STALE = new Set<number>([
  e.UNKNOWN_TOPIC_OR_PARTITION,
  e.LEADER_NOT_AVAILABLE,
  e.NOT_LEADER_OR_FOLLOWER,
  e.REPLICA_NOT_AVAILABLE,
  e.NETWORK_EXCEPTION,
  e.KAFKA_STORAGE_ERROR,
  e.FENCED_LEADER_EPOCH,
  e.UNKNOWN_LEADER_EPOCH,
  e.UNKNOWN_TOPIC_ID,
  e.INCONSISTENT_TOPIC_ID,
])

/** May go better the next time: as Kafka's own clients have it. */
const RETRIED = new Set<number>([
  ...STALE,
  e.CORRUPT_MESSAGE,
  e.REQUEST_TIMED_OUT,
  e.COORDINATOR_LOAD_IN_PROGRESS,
  e.COORDINATOR_NOT_AVAILABLE,
  e.NOT_COORDINATOR,
  e.NOT_ENOUGH_REPLICAS,
  e.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  e.OFFSET_NOT_AVAILABLE,
  e.CONCURRENT_TRANSACTIONS,
  e.THROTTLING_QUOTA_EXCEEDED,
])

export function isAcked(code: number): boolean {
  return code === e.NONE || code === e.DUPLICATE_SEQUENCE_NUMBER
}
/** Whether it is certain that the attempt wrote nothing, so that the batch may end as failed. */
export function isRefused(code: number, acks: number): boolean {
  return REFUSED.has(code) || (acks === 1 && REFUSED_BY_LEADER.has(code))
}
export function isOutOfOrder(code: number): boolean {
  return OUT_OF_ORDER.has(code)
}
export function isTooLarge(code: number): boolean {
  return code === e.MESSAGE_TOO_LARGE
}
export function isStale(code: number): boolean {
  return STALE.has(code)
}
export function isRetried(code: number): boolean {
  return RETRIED.has(code)
}
