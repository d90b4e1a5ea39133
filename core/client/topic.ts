/** One topic's producer of the port, with a promise for each record until it has its outcome. */
import type { Driver, ProducerPort, ProducerSettings } from '../driver.ts'
import { ConfigError } from '../errors.ts'
import { type Acks, type Key, PooledDraft } from '../record.ts'

export interface ClientContext {
  readonly driver: Driver
  readonly timeoutUs: number
  /** µs. */
  readonly now: () => number
  /** The number of the next producer of the port. */
  readonly producerId: () => number
}
export interface OutgoingRecord {
  /** null: a tombstone. */
  readonly value: string | Uint8Array | null
  /** A number is written as its digits. @default null: keyless */
  readonly key?: Key | null
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
  /** @default by the key's hash, as the Java client has it; any one without a key */
  readonly partition?: number
  /** ms since the epoch. @default now */
  readonly timestamp?: number
}
/** What became of a record; `offset` -1: nobody said. With acks 0 the best is unknown, without an error. */
export interface Sent extends Pick<Acks, 'topic' | 'partition' | 'state' | 'error'> {
  readonly offset: number
}

/** What was sent has no outcome yet, or found no room, and the client waits no longer. */
const CLOSED = 'ClientClosed'

/** Records were not acked. A failed one was not written; of an unknown one nobody can say. */
export class SendError extends Error {
  override readonly name = 'SendError'
  /** Of all records of this `send`, in their order. */
  readonly outcomes: readonly Sent[]
  constructor(outcomes: readonly Sent[], details: ReadonlyMap<string, string>) {
    const lost = outcomes.filter(({ error }) => error !== '')
    const why = lost.map(({ state, error }) => `${state} (${error}: ${details.get(error) ?? 'no detail'})`)
    const count = `${lost.length} of ${outcomes.length} records to ${lost[0]?.topic}`
    super(`${count} were not acked: ${[...new Set(why)].join('; ')}`)
    this.outcomes = outcomes
  }
}

export async function openTopic(context: ClientContext, settings: ProducerSettings, topic: string) {
  const { driver, timeoutUs, now, producerId } = context
  const refused = (path: string, value: unknown, expected: string, hint?: string) =>
    new ConfigError([{ path, value, expected, hint }])
  const admin = await driver.admin()
  const found = await admin.describe(topic).finally(() => admin.close())
  const hint = `make it: const admin = await client.admin(), then await admin.createTopic('${topic}')`
  if (found === undefined) throw refused('topic', topic, 'a topic that is there', hint)
  const { partitions } = found
  const draft = new PooledDraft()
  const waiting = new Map<number, (sent: Sent) => void>()
  const details = new Map([[CLOSED, 'the producer was closed before there was an answer, or room']])
  let [appended, closed] = [0, false]
  let room = Promise.withResolvers<void>()
  /** The value that is being appended. */
  let content = Buffer.alloc(0)
  const port: ProducerPort = {
    outcome({ topic, partition, state, error, index, count, baseOffset }) {
      for (let i = 0; i < count; i++) {
        const offset = baseOffset < 0 ? -1 : baseOffset + i
        waiting.get(index[i] as number)?.({ topic, partition, offset, state, error })
        waiting.delete(index[i] as number)
      }
    },
    room() {
      room.resolve()
      room = Promise.withResolvers()
    },
    event: event => void (event.kind === 'error' && details.set(event.code, event.message)),
    late: () => undefined,
    fill: (_, { bytes, start }) => bytes.set(content, start),
    stamp: () => undefined,
  }
  const producer = await driver.producer({ id: producerId(), topic, partitions, timeoutUs, settings }, port)

  function append(record: OutgoingRecord): Promise<Sent> {
    const { key = null, value, headers = {}, partition = -1, timestamp = Number.NaN } = record
    const { promise, resolve } = Promise.withResolvers<Sent>()
    const at = now()
    content = Buffer.from(value ?? '')
    draft.begin(appended++, at, at, 0)
    for (const [name, text] of Object.entries(headers)) draft.setHeader(name, text)
    const size = value === null ? -1 : content.length
    waiting.set(draft.index, resolve)
    producer.append(Object.assign(draft, { key, size, partition, timestamp }))
    return promise
  }
  const lost = (state: Sent['state']): Sent => ({ topic, partition: -1, offset: -1, state, error: CLOSED })
  return {
    async send(records: readonly OutgoingRecord[]): Promise<Sent[]> {
      const wrong = records.find(({ partition = 0 }) => !(partition >= 0 && partition < partitions))
      if (wrong) throw refused('partition', wrong.partition, `0 to ${partitions - 1} in topic ${topic}`)
      const sent: (Promise<Sent> | Sent)[] = []
      for (const record of records) {
        while (!closed && !producer.room()) await room.promise
        sent.push(closed ? lost('failed') : append(record))
      }
      const outcomes = await Promise.all(sent)
      if (outcomes.some(({ error }) => error !== '')) throw new SendError(outcomes, details)
      return outcomes
    },
    async close(): Promise<void> {
      closed = true
      room.resolve()
      const signal = AbortSignal.timeout(timeoutUs / 1000)
      await producer.flush(signal).catch(() => undefined)
      await producer.close(signal).finally(() => {
        for (const resolve of waiting.values()) resolve(lost('unknown'))
        waiting.clear()
      })
    },
  }
}
