/** What is known of one topic. */
import type { metadata } from '../../protocol/messages/metadata.ts'
import { ZERO_UUID } from '../../protocol/scalar.ts'
import type { ResponseOf } from '../../protocol/schema.ts'

export interface PartitionMetadata {
  /** -1: there is none at present. */
  readonly leader: number
  /** Of the leader; -1 where the broker does not tell. */
  readonly epoch: number
}

export interface TopicMetadata {
  /** ZERO_UUID where the broker does not tell. */
  readonly id: string
  /** Error code of the whole topic, e.g. TOPIC_AUTHORIZATION_FAILED. */
  readonly error: number
  /** What we may do with it, a bit by each operation's number; undefined where the broker does not tell. */
  readonly allowed: number | undefined
  /** By number. */
  readonly partitions: readonly PartitionMetadata[]
}

const NOT_TOLD = -0x8000_0000

/** An answer laid upon what was known before; `moved`: somebody else leads a partition. */
export function learned(
  found: ResponseOf<typeof metadata>['topics'][number],
  before: TopicMetadata | undefined,
): { readonly topic: TopicMetadata; readonly moved: boolean } {
  const known = before?.id === found.topicId ? before.partitions : []
  // without ids it may be another topic of that name, whose epochs began anew
  const same = found.topicId !== ZERO_UUID
  const partitions: PartitionMetadata[] = []
  let moved = false
  for (const { partitionIndex, leaderId: leader, leaderEpoch: epoch } of found.partitions) {
    const old = known[partitionIndex]
    // a broker that lags behind the others names a leader of the past
    const now = same && old !== undefined && epoch < old.epoch ? old : { leader, epoch }
    partitions[partitionIndex] = now
    if (now.leader !== old?.leader) moved = true
  }
  const { topicId: id, errorCode: error, topicAuthorizedOperations: told } = found
  return { topic: { id, error, allowed: told === NOT_TOLD ? undefined : told, partitions }, moved }
}
