import { errorCodes } from '../protocol/errors.ts'

/** Leader epoch of every partition: there is one node, and leadership never moves. */
export const LEADER_EPOCH = 0

/** Judges the epoch a client believes in, −1 for one that does not say. */
export function checkLeaderEpoch(epoch: number): number {
  return epoch > LEADER_EPOCH ? errorCodes.UNKNOWN_LEADER_EPOCH : errorCodes.NONE
}
