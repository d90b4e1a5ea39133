/** A client's consumer: records in memory of their own. */
import { durationInUs } from '../config/units.ts'
import type { Batch, Consumer } from '../driver.ts'
import { ConfigError } from '../errors.ts'
import type { RecordView } from '../record.ts'
import type { ClientContext } from './topic.ts'

export type ClientConsumer = ReturnType<typeof createConsumer>
/** A consumed record. `timestamp` in ms since the epoch; of several headers of one name it has the last one. */
export type ClientRecord = ReturnType<typeof copied>

function copied(view: RecordView) {
  const { topic, partition, offset, timestamp } = view
  const headers: Record<string, Buffer | null> = Object.fromEntries(view.headers())
  return { topic, partition, offset, timestamp, key: view.key(), value: view.value(), headers }
}

export function createConsumer({ timeoutUs, now }: ClientContext, consumer: Consumer) {
  const left = new AbortController()
  let trouble: string | undefined
  consumer.onEvent(event => {
    if (event.kind === 'error') trouble = `${event.code}: ${event.message}`
  })
  return {
    /** Resolves when the member has its partitions, and knows where to begin. */
    subscribe: (topics: string | readonly string[]) => consumer.subscribe([topics].flat()),
    /**
     * What has arrived; else waits for it, up to `timeout` (default: the client's), then []. What it hands out counts as
     * read: it is committed every 5 s, before a rebalance and on `close`.
     * @throws Error for what went wrong, where that left nothing to read.
     */
    async poll({ timeout = timeoutUs / 1e6 }: { readonly timeout?: number | string } = {}) {
      const us = durationInUs(timeout)
      const expected = "a duration such as '500ms' or 2 (seconds)"
      if (us === undefined) throw new ConfigError([{ path: 'timeout', value: timeout, expected }])
      const records: ClientRecord[] = []
      const take = (batch: Batch) => batch.each(view => void records.push(copied(view)))
      const end = now() + us
      trouble = undefined
      do await consumer.poll(take, { timeoutUs: Math.max(0, end - now()), signal: left.signal })
      while (records.length === 0 && !left.signal.aborted && now() < end)
      if (records.length === 0 && trouble !== undefined)
        throw new Error(`nothing was read within ${us / 1e6} s: ${trouble}`)
      return records
    },
    /** Up to what was handed out. */
    commit: () => consumer.commit(),
    /** Leaves the group. */
    async close(): Promise<void> {
      left.abort()
      await consumer.leave()
    },
  }
}
