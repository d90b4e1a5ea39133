import { errorCodes } from '../../protocol/errors.ts'
import { deleteRecords } from '../../protocol/messages/topics.ts'
import { handler } from '../handler.ts'

const TO_THE_END = -1

/** Lets logs begin later: at an offset, or at the high watermark. */
export const deleteRecordsHandler = handler(deleteRecords, (request, { cluster, node }) => {
  const remove = (name: string, index: number, asked: number) => {
    const refused = (errorCode: number) => ({ lowWatermark: -1, errorCode })
    const topic = cluster.topics.get(name)
    const partition = topic?.partitions[index]
    if (topic === undefined || partition === undefined) return refused(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    const elsewhere = partition.leadership.check(node.id, -1)
    if (elsewhere !== 0) return refused(elsewhere)
    if (!topic.deletes) return refused(errorCodes.POLICY_VIOLATION)
    const { log } = partition
    const offset = asked === TO_THE_END ? log.logEndOffset : asked
    if (offset < 0 || offset > log.logEndOffset) return refused(errorCodes.OFFSET_OUT_OF_RANGE)
    log.startAt(offset)
    return { lowWatermark: log.logStartOffset }
  }
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => ({
      partitionIndex,
      ...remove(name, partitionIndex, Number(offset)),
    })),
  }))
  return { topics }
})
