/** A service that answers requests as a test says: not at all, once or more often, at once or late. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientRecord, createClient, type OutgoingRecord } from '../../../core/index.ts'

export interface Service {
  readonly brokers: readonly string[]
  readonly from: string
  readonly to: string
  /** How many replies a request gets, by its number. */
  readonly replies: (index: number) => number
  readonly delayMs?: (index: number) => number
  /** What else it writes with a reply. */
  readonly reply?: (request: ClientRecord) => OutgoingRecord
}

let services = 0

/** As the plugin writes it: the run, a dash and the record's number in hexadecimal digits. */
export function indexOf({ headers, key }: ClientRecord): number {
  const name = headers['correlation-id'] ?? key
  return Number.parseInt(String(name).slice(9), 16)
}

export async function startService({ brokers, from, to, replies, delayMs, reply }: Service) {
  const client = await createClient({ brokers, timeout: '10s' })
  const consumer = await client.consumer(`service-${services++}`, { from: 'earliest' })
  const producer = await client.producer({ linger: '1ms' })
  await consumer.subscribe(from)
  const seen: number[] = []
  const under: Promise<unknown>[] = []
  let closing = false
  const serve = async () => {
    while (!closing) {
      const requests = await consumer.poll({ timeout: '50ms' })
      const now: OutgoingRecord[] = []
      for (const request of requests) {
        const index = indexOf(request)
        seen.push(index)
        const { key, value, headers } = request
        const made = reply?.(request) ?? { key, value, headers: headers as Record<string, Uint8Array> }
        const all = Array.from({ length: replies(index) }, () => made)
        const ms = delayMs?.(index) ?? 0
        if (ms === 0) now.push(...all)
        else under.push(sleep(ms).then(() => producer.send(to, all)))
      }
      if (now.length > 0) under.push(producer.send(to, now))
    }
  }
  const serving = serve()
  return {
    /** Numbers of the requests that it has seen. */
    seen,
    async close() {
      closing = true
      await serving
      await Promise.all(under)
      await client.close()
    },
  }
}
