import { errorCodes, errorName } from '../../protocol/errors.ts'
import { initProducerId, produce } from '../../protocol/messages/produce.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'

const unknownTopic = { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 }
const unknownId = { errorCode: errorCodes.UNKNOWN_TOPIC_ID, baseOffset: -1 }
const noRecords = { errorCode: errorCodes.INVALID_RECORD, baseOffset: -1, errorMessage: 'no records' }
const tooFew = { errorCode: errorCodes.NOT_ENOUGH_REPLICAS, baseOffset: -1 }
const badAcks = { errorCode: errorCodes.INVALID_REQUIRED_ACKS, baseOffset: -1 }

/**
 * Appends to the log of this one node, so acks=1 and acks=all mean the same. With acks=0 there is no answer, and the end
 * of the connection is all that can tell the client of an error, as with a real broker.
 */
export const produceHandler = handler(produce, (request, { cluster, node, version }) => {
  const { acks } = request
  const validAcks = acks === 0 || acks === 1 || acks === -1
  const byId = version >= 13
  const responses = request.topicData.map(({ name, topicId, partitionData }) => {
    const topic = byId ? cluster.topics.byId(topicId) : cluster.topics.get(name)
    const missing = byId && topic === undefined ? unknownId : unknownTopic
    const partitionResponses = partitionData.map(({ index, records }) => {
      const partition = topic?.partitions[index]
      if (!validAcks) return { index, ...badAcks }
      if (topic === undefined || partition === undefined) return { index, ...missing }
      const { leadership } = partition
      const elsewhere = leadership.check(node.id, -1)
      if (elsewhere !== 0) return { index, errorCode: elsewhere, baseOffset: -1 }
      if (acks === -1 && leadership.isr.length < topic.rules.minInsyncReplicas) return { index, ...tooFew }
      if (records === null || records.length === 0) return { index, ...noRecords }
      const appended = partition.append(records, topic.rules, version)
      return { index, ...appended, logStartOffset: partition.log.logStartOffset }
    })
    return { name, topicId, partitionResponses }
  })
  if (acks !== 0) return { responses }
  for (const { partitionResponses } of responses) {
    for (const { index, errorCode } of partitionResponses) {
      if (errorCode === 0) continue
      const message = `a record batch with acks=0 for partition ${index} is refused: ${errorName(errorCode)}`
      throw new RefusedError(errorCode, message)
    }
  }
  return undefined
})

/**
 * Gives out producer ids for idempotence. There are no transactions here yet: a transactional id is refused with
 * INVALID_REQUEST, and the APIs of transactions are not among the versions that ApiVersions lists.
 */
export const initProducerIdHandler = handler(initProducerId, (request, { cluster }) => {
  if (request.transactionalId !== null) return { errorCode: errorCodes.INVALID_REQUEST, producerEpoch: -1 }
  return { producerId: cluster.newProducerId(), producerEpoch: 0 }
})
