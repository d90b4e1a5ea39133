import { MalformedError } from '../../protocol/failure.ts'
import { ByteReader } from '../../protocol/reader.ts'
import { CONSUMER_PROTOCOL, type Group } from './group.ts'

/** Whether members of a group are subscribed to a topic, as far as one can tell: their metadata is theirs to define. */
export function isSubscribed(group: Group, topic: string): boolean {
  if (group.epochMembers !== undefined) return group.epochMembers.wants(topic)
  if (group.protocolType !== CONSUMER_PROTOCOL) return false
  if (group.members.size === 0) return false
  // Until a generation has chosen a protocol, nobody knows what the members want.
  if (group.protocol === null) return true
  try {
    for (const member of group.members.values()) {
      if (topicsOf(member.metadataFor(group.protocol)).includes(topic)) return true
    }
    return false
  } catch (error) {
    if (error instanceof MalformedError) return true
    throw error
  }
}

/** Topics of a consumer's subscription: what all versions of its layout begin with. */
function topicsOf(metadata: Buffer): string[] {
  const reader = new ByteReader(metadata)
  reader.int16()
  const topics: string[] = []
  const count = reader.int32()
  for (let n = 0; n < count; n++) topics.push(reader.string(false) ?? '')
  return topics
}
