import { errorCodes } from '../../protocol/errors.ts'
import { initProducerId } from '../../protocol/messages/produce.ts'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  writeTxnMarkers,
} from '../../protocol/messages/transactions.ts'
import type { Cluster } from '../cluster.ts'
import { type Context, handler } from '../handler.ts'
import type { Partition } from '../log/partition.ts'
import { NO_EPOCH, NO_PRODUCER, type ProducerEpoch } from '../transaction/transaction.ts'
import { checkCoordinator } from './groups.ts'

/** Versions that know PRODUCER_FENCED; older ones are told INVALID_PRODUCER_EPOCH. */
function fencedFor(errorCode: number, knows: boolean): number {
  return errorCode === errorCodes.PRODUCER_FENCED && !knows ? errorCodes.INVALID_PRODUCER_EPOCH : errorCode
}

/** Gives out producer ids: to idempotent producers a new one each, to transactional ones that of their id. */
export const initProducerIdHandler = handler(initProducerId, (request, context) => {
  const { cluster, version } = context
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  const refused = { producerEpoch: NO_EPOCH }
  if ((producerId === NO_PRODUCER) !== (producerEpoch === NO_EPOCH)) {
    return { ...refused, errorCode: errorCodes.INVALID_REQUEST }
  }
  if (transactionalId === null) return { producerId: cluster.newProducerId(), producerEpoch: 0 }
  const elsewhere = checkCoordinator(context, transactionalId)
  if (elsewhere !== 0) return { ...refused, errorCode: elsewhere }
  const expected = producerId === NO_PRODUCER ? undefined : { producerId, producerEpoch }
  const answer = cluster.transactions.init(transactionalId, transactionTimeoutMs, expected)
  return { ...answer, errorCode: fencedFor(answer.errorCode, version >= 4) }
})

interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

interface Addition extends ProducerEpoch {
  readonly transactionalId: string
  readonly topics: readonly TopicPartitions[]
  /** Only asks whether the partitions are in the transaction. */
  readonly verifyOnly: boolean
}

type Found = ReadonlyMap<Partition, string>

/** The partitions that are there, and how many are not. */
function find(cluster: Cluster, topics: readonly TopicPartitions[]): { found: Found; missing: number } {
  const found = new Map<Partition, string>()
  let missing = 0
  for (const { name, partitions } of topics) {
    for (const index of partitions) {
      const partition = cluster.topics.get(name)?.partitions[index]
      if (partition === undefined) missing++
      else found.set(partition, name)
    }
  }
  return { found, missing }
}

/** All partitions are added, or none: then those that could have been are told OPERATION_NOT_ATTEMPTED. */
function addOrVerify(context: Context, { transactionalId, topics, verifyOnly, ...producer }: Addition) {
  const { cluster, version } = context
  const { found, missing } = find(cluster, topics)
  const refused =
    checkCoordinator(context, transactionalId) || (missing > 0 ? errorCodes.OPERATION_NOT_ATTEMPTED : 0)
  const { transactions } = cluster
  const added =
    refused !== 0 || verifyOnly ? refused : transactions.add(transactionalId, producer, { partitions: found })
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partitionIndex => {
      const partition = cluster.topics.get(name)?.partitions[partitionIndex]
      if (partition === undefined) {
        return { partitionIndex, partitionErrorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      const errorCode =
        verifyOnly && added === 0 ? transactions.verify(transactionalId, producer, partition) : added
      return { partitionIndex, partitionErrorCode: fencedFor(errorCode, version >= 2) }
    }),
  }))
}

/** Version 4 and later carry several transactions; Kafka's brokers use these among each other. */
export const addPartitionsToTxnHandler = handler(addPartitionsToTxn, (request, context) => {
  if (context.version >= 4) {
    const resultsByTransaction = request.transactions.map(each => ({
      transactionalId: each.transactionalId,
      topicResults: addOrVerify(context, each),
    }))
    return { resultsByTransaction }
  }
  const resultsByTopicV3AndBelow = addOrVerify(context, {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    topics: request.v3AndBelowTopics,
    verifyOnly: false,
  })
  return { resultsByTopicV3AndBelow }
})

export const addOffsetsToTxnHandler = handler(addOffsetsToTxn, (request, context) => {
  const { transactionalId, groupId } = request
  const errorCode =
    checkCoordinator(context, transactionalId) ||
    context.cluster.transactions.add(transactionalId, request, { groups: [groupId] })
  return { errorCode: fencedFor(errorCode, context.version >= 2) }
})

/** From version 5 on each end gives the producer a new epoch (transaction.version 2). */
export const endTxnHandler = handler(endTxn, (request, context) => {
  const { transactionalId, committed } = request
  const { cluster, version } = context
  const elsewhere = checkCoordinator(context, transactionalId)
  if (elsewhere !== 0) return { errorCode: elsewhere }
  const answer = cluster.transactions.end(transactionalId, request, committed, version >= 5)
  return { ...answer, errorCode: fencedFor(answer.errorCode, version >= 2) }
})

/** What Kafka's brokers send each other, and its tools to end a transaction that hangs. */
export const writeTxnMarkersHandler = handler(writeTxnMarkers, (request, { cluster, node }) => ({
  markers: request.markers.map(
    ({ producerId, producerEpoch, transactionResult, coordinatorEpoch, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map(partitionIndex => {
          const partition = cluster.topics.get(name)?.partitions[partitionIndex]
          if (partition === undefined) {
            return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
          }
          const elsewhere = partition.leadership.check(node.id, -1)
          const marker = { producerId, producerEpoch, commit: transactionResult, coordinatorEpoch }
          const errorCode = elsewhere || partition.endTransaction({ ...marker, timestamp: Date.now() })
          return { partitionIndex, errorCode }
        }),
      })),
    }),
  ),
}))
