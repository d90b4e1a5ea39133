/** Topics: made, checked, and deleted when the run made them. Nothing is written to a topic that was not named as existing. */
import type { ResolvedStream } from './config/types.ts'
import type { Admin } from './driver.ts'
import { ConfigError, messageOf } from './errors.ts'

/** Sees to the topics of all streams; answers the streams with the topics' real partitions. */
export async function ensureTopics(
  admin: Admin,
  streams: readonly ResolvedStream[],
  made: (topic: string) => void,
): Promise<ResolvedStream[]> {
  const partitions = new Map<string, number>()
  for (const { name, topic } of streams) {
    if (partitions.has(topic.name)) continue
    const there = await admin.describe(topic.name)
    const path = streams.length > 1 ? `streams.${name}.topic.name` : 'topic.name'
    const wrong = (expected: string, hint: string) =>
      new ConfigError([{ path, value: topic.name, expected, hint }])
    if (topic.existing && there === undefined)
      throw wrong(
        'a topic that is there, since topic.existing is set',
        'create it, or leave out --topic.existing to have it made and deleted by the run',
      )
    if (!topic.existing && there !== undefined)
      throw wrong(
        'a topic that is not there yet: it would be deleted after the run',
        'to write to this topic and keep it, say --topic.existing; otherwise choose another name',
      )
    partitions.set(topic.name, (there ?? topic).partitions)
    if (topic.existing) continue
    // also when it is there but was not confirmed
    made(topic.name)
    await admin.create(topic.name, topic)
  }
  return streams.map(s => {
    const topic = { ...s.topic, partitions: partitions.get(s.topic.name) as number }
    return { ...s, topic }
  })
}

/** End offsets of every stream that is read: what its consumers still have to reach. */
export async function endOffsets(
  admin: Admin,
  streams: readonly ResolvedStream[],
  warn: (text: string) => void,
): Promise<Record<string, readonly number[]>> {
  const ends: Record<string, readonly number[]> = {}
  for (const { name, topic, consumers } of streams) {
    if (consumers.count === 0) continue
    try {
      ends[name] = await admin.offsets(topic.name, 'end')
    } catch (error) {
      warn(`no end offsets of ${topic.name}, so it is not read up to them: ${messageOf(error)}`)
    }
  }
  return ends
}

export async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  await admin.delete(topic).catch(error => {
    throw new Error(`topic ${topic} of this run was not deleted: ${messageOf(error)}`, { cause: error })
  })
}
