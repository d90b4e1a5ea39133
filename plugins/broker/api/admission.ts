import { errorCodes } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { ADDS_PARTITIONS, type Admission, type Partition } from '../log/partition.ts'

/** The first one whose client knows TRANSACTION_ABORTABLE. */
const KNOWS_ABORTABLE = 11

/** What the coordinator says of a write in a transaction, in the words that whoever writes expects. */
export function admissionError(errorCode: number, knowsAbortable: boolean): number {
  switch (errorCode) {
    case errorCodes.PRODUCER_FENCED:
      return errorCodes.INVALID_PRODUCER_EPOCH
    case errorCodes.TRANSACTION_ABORTABLE:
      return knowsAbortable ? errorCode : errorCodes.INVALID_TXN_STATE
    default:
      return errorCode
  }
}

/** Asks the coordinator whether a batch may begin a transaction in a partition. */
export function admissionTo(
  { transactions }: Cluster,
  transactionalId: string | null,
  version: number,
  partition: Partition,
  topic: string,
): Admission {
  return (producerId, producerEpoch) => {
    if (transactionalId === null || transactionalId === '')
      return errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    // A transaction without a producer is one that nobody ends: Kafka takes it, and so it is no transaction.
    if (producerId < 0n) return errorCodes.NONE
    const producer = { producerId, producerEpoch }
    if (version >= ADDS_PARTITIONS) {
      const partitions = new Map([[partition, topic]])
      return admissionError(transactions.add(transactionalId, producer, { partitions }), true)
    }
    const verified = transactions.verify(transactionalId, producer, partition)
    // Not a matter of the transaction but of time: clients try again.
    if (verified === errorCodes.CONCURRENT_TRANSACTIONS) return errorCodes.NOT_ENOUGH_REPLICAS
    return admissionError(verified, version >= KNOWS_ABORTABLE)
  }
}
