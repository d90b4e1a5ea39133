/** A client's producer: over one of the port's for each topic, with a promise for each record until it has its outcome. */
import type { ProducerSettings } from '../driver.ts'
import { ConfigError, type Fault } from '../errors.ts'
import { type ClientContext, type OutgoingRecord, openTopic, type Sent } from './topic.ts'

const RECORD =
  "a record such as { key: 'k', value: 'text or bytes', headers: { h: '1' } }; value null is a tombstone"

export type ClientProducer = ReturnType<typeof createProducer>

export function createProducer(context: ClientContext, settings: ProducerSettings) {
  const topics = new Map<string, ReturnType<typeof openTopic>>()
  let closing: Promise<void> | undefined
  async function send(topic: string, record: OutgoingRecord): Promise<Sent>
  async function send(topic: string, records: readonly OutgoingRecord[]): Promise<Sent[]>
  async function send(topic: string, given: OutgoingRecord | readonly OutgoingRecord[]) {
    const records = [given].flat()
    check(topic, records)
    if (closing) throw new Error('the producer is closed')
    const opening = topics.get(topic) ?? openTopic(context, settings, topic)
    topics.set(topic, opening)
    // what could not be opened is tried anew by the next one
    opening.catch(() => topics.delete(topic))
    const outcomes = await (await opening).send(records)
    return Array.isArray(given) ? outcomes : outcomes[0]
  }
  async function end(): Promise<void> {
    await Promise.allSettled([...topics.values()].map(async topic => (await topic).close()))
  }
  return {
    /**
     * Resolves when all of it is acked, with its places.
     * @throws SendError when it is not; ConfigError for what is no record, and for a topic that is not there; ConnectError.
     */
    send,
    /** Resolves when all that was sent has its outcome; within the client's timeout, what has none then is unknown. */
    close(): Promise<void> {
      closing ??= end()
      return closing
    },
  }
}

/** JavaScript and casts get past the types. */
function check(topic: string, records: readonly OutgoingRecord[]): void {
  const isContent = (v: unknown) => v === null || typeof v === 'string' || v instanceof Uint8Array
  const isRecord = (r: OutgoingRecord) => [r?.value, ...Object.values(r?.headers ?? {})].every(isContent)
  const wrong = records.findIndex(record => !isRecord(record))
  const faults: Fault[] = []
  if (typeof topic !== 'string' || topic === '')
    faults.push({ path: 'topic', value: topic, expected: "a name: send('orders', { value: 'a text' })" })
  if (wrong >= 0) faults.push({ path: `records.${wrong}`, value: records[wrong], expected: RECORD })
  if (faults.length > 0) throw new ConfigError(faults)
}
