import { errorCodes } from '../../protocol/errors.ts'
import { isLastEpoch, NO_EPOCH, type ProducerEpoch, type Transaction } from './transaction.ts'

/**
 * Gives the producer of a transactional id its next epoch, or a new producer id when there is no epoch left. A transaction
 * that is going on is left as it is: it has to be aborted first.
 * @param expected who the producer believes to be: one that is not the last is fenced.
 * @returns an error code.
 */
export function initialise(
  transaction: Transaction,
  expected: ProducerEpoch | undefined,
  newProducerId: () => bigint,
): number {
  if (expected !== undefined && !mayBe(transaction, expected)) return errorCodes.PRODUCER_FENCED
  if (transaction.ending) return errorCodes.CONCURRENT_TRANSACTIONS
  if (transaction.state === 'Ongoing') return errorCodes.NONE
  const { producerId, producerEpoch, lastEpoch } = transaction
  const current = expected === undefined || expected.producerEpoch === producerEpoch
  if (transaction.exhausted && current) {
    transaction.producerId = newProducerId()
    transaction.producerEpoch = 0
  } else if (current || producerEpoch === NO_EPOCH) {
    transaction.producerEpoch++
  } else {
    // The request may be one that was answered, and the answer was lost.
    const repeated = expected.producerEpoch === lastEpoch
    return repeated ? errorCodes.NONE : errorCodes.PRODUCER_FENCED
  }
  transaction.previousProducerId = producerId
  transaction.lastEpoch = expected === undefined ? NO_EPOCH : producerEpoch
  return errorCodes.NONE
}

/** Whether a producer with this identity may go on; the epoch is judged where it is raised. */
function mayBe(transaction: Transaction, { producerId, producerEpoch }: ProducerEpoch): boolean {
  if (transaction.producerEpoch === NO_EPOCH || producerId === transaction.producerId) return true
  return producerId === transaction.previousProducerId && isLastEpoch(producerEpoch)
}
