import { batchAt, transactionalBit } from '../../protocol/batch.ts'
import { errorCodes, errorName } from '../../protocol/errors.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Decoded } from '../../protocol/schema.ts'
import { handler } from '../handler.ts'
import { RefusedError } from '../refused.ts'
import { admissionTo } from './admission.ts'
import { endpointsOf } from './leaders.ts'

const unknownTopic = { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 }
const unknownId = { errorCode: errorCodes.UNKNOWN_TOPIC_ID, baseOffset: -1 }
const noRecords = { errorCode: errorCodes.INVALID_RECORD, baseOffset: -1, errorMessage: 'no records' }
const tooFew = { errorCode: errorCodes.NOT_ENOUGH_REPLICAS, baseOffset: -1 }
const badAcks = { errorCode: errorCodes.INVALID_REQUIRED_ACKS, baseOffset: -1 }

/** The byte of a batch's attributes that has a meaning. */
const LOW_ATTRIBUTES = batchAt.attributes + 1
const unauthorized = { errorCode: errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, baseOffset: -1 }

type TopicData = Decoded<typeof produce.request>['topicData']

/** Whether a batch says that it is part of a transaction. */
function hasTransaction(topicData: TopicData): boolean {
  return topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => ((records?.[LOW_ATTRIBUTES] ?? 0) & transactionalBit) !== 0),
  )
}

interface Part {
  readonly name: string
  readonly topicId: string
  readonly parts: Map<number, Buffer | null>
}

/** Each topic and partition once. Of several batches for one partition only the last is taken, as Kafka does it. */
function distinctParts(topicData: TopicData): Part[] {
  const topics = new Map<string, Part>()
  for (const { name, topicId, partitionData } of topicData) {
    if (partitionData.length === 0) continue
    const key = `${topicId} ${name}`
    let topic = topics.get(key)
    if (topic === undefined) {
      topic = { name, topicId, parts: new Map() }
      topics.set(key, topic)
    }
    for (const { index, records } of partitionData) topic.parts.set(index, records)
  }
  return [...topics.values()]
}

/**
 * Appends to the log of this one node, so acks=1 and acks=all mean the same. With acks=0 there is no answer, and the end
 * of the connection is all that can tell the client of an error, as with a real broker.
 */
export const produceHandler = handler(produce, (request, { cluster, node, version, storage }) => {
  const { acks } = request
  const validAcks = acks === 0 || acks === 1 || acks === -1
  const byId = version >= 13
  const nameless = request.transactionalId === null && hasTransaction(request.topicData)
  const responses = distinctParts(request.topicData).map(({ name, topicId, parts }) => {
    const topic = byId ? cluster.topics.byId(topicId) : cluster.topics.get(name)
    const missing = byId && topic === undefined ? unknownId : unknownTopic
    const partitionResponses = Array.from(parts, ([index, records]) => {
      const partition = topic?.partitions[index]
      if (!validAcks) return { index, ...badAcks }
      if (nameless) return { index, ...unauthorized }
      if (topic === undefined || partition === undefined) return { index, ...missing }
      const { leadership } = partition
      const elsewhere = leadership.check(node.id, -1)
      if (elsewhere !== 0)
        return { index, errorCode: elsewhere, baseOffset: -1, currentLeader: leadership.current }
      if (acks === -1 && leadership.isr.length < topic.rules.minInsyncReplicas) return { index, ...tooFew }
      if (records === null || records.length === 0) return { index, ...noRecords }
      const admit = admissionTo(cluster, request.transactionalId, version, partition, topic.name)
      const appended = partition.append(records, topic.rules, version, admit, storage?.(topic.name, index))
      const known = appended.errorCode === 0 || appended.byLog
      return { index, ...appended, logStartOffset: known ? partition.log.logStartOffset : -1 }
    })
    return { name, topicId, partitionResponses }
  })
  if (acks !== 0) {
    const parts = responses.flatMap(({ partitionResponses }) => partitionResponses)
    const leaders = parts.flatMap(part => ('currentLeader' in part ? [part.currentLeader.leaderId] : []))
    return { responses, nodeEndpoints: endpointsOf(cluster, leaders) }
  }
  for (const { partitionResponses } of responses) {
    for (const { index, errorCode } of partitionResponses) {
      if (errorCode === 0) continue
      const message = `a record batch with acks=0 for partition ${index} is refused: ${errorName(errorCode)}`
      throw new RefusedError(errorCode, message)
    }
  }
  return undefined
})
