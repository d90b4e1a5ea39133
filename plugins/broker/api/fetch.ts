import { fetch } from '../../protocol/messages/fetch.ts'
import { type PartitionAnswer, type Reader, readAll } from '../fetch/read.ts'
import { waitFor } from '../fetch/wait.ts'
import type { FetchRequest } from '../fetch/wanted.ts'
import { type Context, handler } from '../handler.ts'
import { endpointsOf } from './leaders.ts'

/** Most bytes of records in one answer, whatever the client asks for: what it does not read is held here. */
const MAX_FETCH_BYTES = 16 * 1024 * 1024
const READ_COMMITTED = 1
/** First version whose answers name the new leader. */
const NAMES_LEADERS = 16

/** Partitions of one topic that follow each other are one topic of the answer. */
function grouped(answers: readonly PartitionAnswer[]) {
  const topics: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = []
  for (const answer of answers) {
    const { topic, topicId } = answer
    const last = topics.at(-1)
    if (last?.topic === topic && last.topicId === topicId) last.partitions.push(answer)
    else topics.push({ topic, topicId, partitions: [answer] })
  }
  return topics
}

function readerOf(request: FetchRequest, { cluster, node, version, failed }: Context): Reader {
  const asReplica = request.replicaId >= 0 || request.replicaState.replicaId >= 0
  return {
    cluster,
    node,
    byId: version >= 13,
    // Version 11 tells where the consumer is, and may be answered by a replica near it.
    leaderOnly: asReplica || version < 11,
    committed: request.isolationLevel === READ_COMMITTED && !asReplica,
    failed,
  }
}

export const fetchHandler = handler(fetch, (request, context) => {
  const { cluster, node, version } = context
  const reader = readerOf(request, context)
  const conversation = cluster.sessions.converse(request, node, reader.byId)
  if (typeof conversation === 'number') return { errorCode: conversation }
  const { wanted } = conversation
  const maxBytes = Math.min(request.maxBytes, MAX_FETCH_BYTES)
  const minBytes = Math.min(request.minBytes, maxBytes)

  const tell = (read: readonly PartitionAnswer[]) => {
    const { errorCode, sessionId, answers } = conversation.tell(read)
    if (version >= NAMES_LEADERS) {
      const leaders = answers.map(({ currentLeader }) => currentLeader?.leaderId)
      return {
        errorCode,
        sessionId,
        responses: grouped(answers),
        nodeEndpoints: endpointsOf(cluster, leaders),
      }
    }
    const unnamed = answers.map(answer => ({ ...answer, currentLeader: undefined }))
    return { errorCode, sessionId, responses: grouped(unnamed) }
  }
  const { answers, bytes, urgent } = readAll(wanted, maxBytes, reader)
  if (urgent || bytes >= minBytes || request.maxWaitMs <= 0) return tell(answers)
  return waitFor(wanted, minBytes, request.maxWaitMs, reader, context).then(() =>
    tell(readAll(wanted, maxBytes, reader).answers),
  )
})
