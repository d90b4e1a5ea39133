/** What may be over when it is tried again. */
import { errorCodes } from '../../../protocol/errors.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import { BrokerError, LinkError, NoBrokerError } from '../failure.ts'

/** Somebody else leads the partition by now, or nobody yet. */
const MOVED = new Set<number>([
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.REPLICA_NOT_AVAILABLE,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.UNKNOWN_LEADER_EPOCH,
  errorCodes.OFFSET_NOT_AVAILABLE,
  errorCodes.UNKNOWN_TOPIC_ID,
  errorCodes.INCONSISTENT_TOPIC_ID,
])
const PASSING = new Set<number>([
  ...MOVED,
  errorCodes.REQUEST_TIMED_OUT,
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_COORDINATOR,
  errorCodes.UNSTABLE_OFFSET_COMMIT,
  errorCodes.UNKNOWN_SERVER_ERROR,
])
/** The group goes on, in another generation or epoch. */
const REJOIN = new Set<number>([
  errorCodes.ILLEGAL_GENERATION,
  errorCodes.UNKNOWN_MEMBER_ID,
  errorCodes.REBALANCE_IN_PROGRESS,
  errorCodes.GROUP_ID_NOT_FOUND,
  errorCodes.FENCED_MEMBER_EPOCH,
  errorCodes.STALE_MEMBER_EPOCH,
])

export function isPassing(error: unknown): boolean {
  if (error instanceof LinkError) return error.fault !== 'unsupported'
  if (error instanceof BrokerError) return PASSING.has(error.code)
  return error instanceof NoBrokerError || error instanceof MalformedError
}

/** Whether the partition's leader has to be looked up again after this error code. */
export function isMoved(code: number): boolean {
  return MOVED.has(code)
}

/** Whether the member has to join anew. */
export function isRejoin(error: unknown): boolean {
  return error instanceof BrokerError && REJOIN.has(error.code)
}
