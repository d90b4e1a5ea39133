import { errorCodes } from '../../protocol/errors.ts'
import {
  describeProducers,
  describeTransactions,
  listTransactions,
} from '../../protocol/messages/transactions.ts'
import { distinct } from '../distinct.ts'
import { handler } from '../handler.ts'
import { type Transaction, transactionStates } from '../transaction/transaction.ts'
import { checkCoordinator } from './groups.ts'

/** What the transaction writes to, by topic. Groups are not among it: their offsets are in no topic here. */
function topicsOf({ partitions }: Transaction) {
  const topics = new Map<string, number[]>()
  for (const [{ index }, topic] of partitions) {
    const indexes = topics.get(topic)
    if (indexes === undefined) topics.set(topic, [index])
    else indexes.push(index)
  }
  return [...topics].map(([topic, indexes]) => ({ topic, partitions: indexes }))
}

export const describeTransactionsHandler = handler(describeTransactions, (request, context) => ({
  transactionStates: distinct(request.transactionalIds, id => id).map(transactionalId => {
    const elsewhere = checkCoordinator(context, transactionalId)
    if (elsewhere !== 0) return { transactionalId, errorCode: elsewhere }
    if (transactionalId === '') return { transactionalId, errorCode: errorCodes.INVALID_REQUEST }
    const transaction = context.cluster.transactions.get(transactionalId)
    if (transaction === undefined) {
      return { transactionalId, errorCode: errorCodes.TRANSACTIONAL_ID_NOT_FOUND }
    }
    return {
      transactionalId,
      transactionState: transaction.state,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: transaction.startMs,
      producerId: transaction.producerId,
      producerEpoch: transaction.producerEpoch,
      topics: topicsOf(transaction),
    }
  }),
}))

export const listTransactionsHandler = handler(listTransactions, (request, { cluster, node }) => {
  const known = new Set<string>(transactionStates)
  const { stateFilters, producerIdFilters, durationFilter } = request
  const found = []
  for (const { id, producerId, state, startMs } of cluster.transactions.all()) {
    if (cluster.nodes.coordinatorOf(id) !== node) continue
    if (producerIdFilters.length > 0 && !producerIdFilters.includes(producerId)) continue
    if (stateFilters.length > 0 && !stateFilters.includes(state)) continue
    if (durationFilter >= 0n && Date.now() - startMs <= durationFilter) continue
    found.push({ transactionalId: id, producerId, transactionState: state })
  }
  const unknownStateFilters = stateFilters.filter(each => !known.has(each))
  return { unknownStateFilters, transactionStates: found }
})

export const describeProducersHandler = handler(describeProducers, (request, { cluster, node }) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map(partitionIndex => {
      const topic = cluster.topics.get(name)
      const partition = topic?.partitions[partitionIndex]
      if (partition === undefined) {
        const errorMessage = topic === undefined ? `there is no topic ${name}` : null
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
      }
      const errorCode = partition.leadership.check(node.id, -1)
      if (errorCode !== 0) return { partitionIndex, errorCode }
      return { partitionIndex, activeProducers: partition.activeProducers() }
    }),
  })),
}))
