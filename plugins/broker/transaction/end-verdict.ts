import { errorCodes } from '../../protocol/errors.ts'
import { isLastEpoch, type ProducerEpoch, type Transaction } from './transaction.ts'

/** Whether a transaction may end so: it is to end, it already has (the request is repeated), or an error code. */
export type EndVerdict = 'end' | 'repeated' | number

/** @param bumpsEpoch whether the client gets a new epoch with each end: then an old epoch tells a repeated request. */
export function endVerdict(
  transaction: Transaction,
  producer: ProducerEpoch,
  commit: boolean,
  bumpsEpoch: boolean,
): EndVerdict {
  return bumpsEpoch ? withBump(transaction, producer, commit) : withoutBump(transaction, producer, commit)
}

function withoutBump(transaction: Transaction, producer: ProducerEpoch, commit: boolean): EndVerdict {
  if (transaction.producerId !== producer.producerId) return errorCodes.INVALID_PRODUCER_ID_MAPPING
  if (transaction.producerEpoch !== producer.producerEpoch) return errorCodes.PRODUCER_FENCED
  switch (transaction.state) {
    case 'Empty':
      return errorCodes.INVALID_TXN_STATE
    case 'Ongoing':
      return 'end'
    default:
      return again(transaction, commit)
  }
}

function withBump(transaction: Transaction, producer: ProducerEpoch, commit: boolean): EndVerdict {
  const { state, producerEpoch } = transaction
  const overflown =
    transaction.previousProducerId === producer.producerId &&
    isLastEpoch(producer.producerEpoch) &&
    producerEpoch === 0
  if (transaction.producerId !== producer.producerId && !overflown) {
    return errorCodes.INVALID_PRODUCER_ID_MAPPING
  }
  const repeated = overflown || (transaction.epochBumped && producerEpoch === producer.producerEpoch + 1)
  if (repeated && state !== 'Ongoing' && state !== 'Empty') return again(transaction, commit)
  if (producer.producerEpoch !== producerEpoch || transaction.ending) return errorCodes.PRODUCER_FENCED
  // What has nothing in it can only be aborted.
  return state === 'Ongoing' || !commit ? 'end' : errorCodes.INVALID_TXN_STATE
}

/** The transaction has ended or is about to: only the same end may be asked for once more. */
function again({ state, ending }: Transaction, commit: boolean): EndVerdict {
  const committed = state === 'PrepareCommit' || state === 'CompleteCommit'
  if (committed !== commit) return errorCodes.INVALID_TXN_STATE
  return ending ? errorCodes.CONCURRENT_TRANSACTIONS : 'repeated'
}
