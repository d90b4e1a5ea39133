/** Hands what was fetched to who polls, a batch at a time. */
import type { Batch } from '../../../../core/plugin.ts'
import { attributesOf, nextOffset, RecordBatch, sizeOfBatch } from './batch.ts'
import { loadCodec, UnreadableError } from './codecs.ts'
import type { Fetching } from './fetching.ts'
import type { Fetched, Inbox } from './inbox.ts'
import { codeOf, type Reports } from './reports.ts'

/**
 * Bytes handed over in one go: records are read while they are, and a thread that reads for long sends nothing. About a
 * millisecond for records of 100 B.
 */
const GO_BYTES = 256 * 1024

export interface DeliveryOptions {
  readonly inbox: Inbox
  readonly fetching: Fetching
  readonly reports: Reports
  readonly checksums: boolean
}

export class Delivery {
  readonly #o: DeliveryOptions
  readonly #batch: RecordBatch
  /** The last poll left something, so others come first. */
  #left = false
  paused = false

  constructor(options: DeliveryOptions) {
    this.#o = options
    this.#batch = new RecordBatch(options.checksums)
  }

  async poll(
    onBatch: (batch: Batch) => void,
    { timeoutUs, signal }: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { inbox, fetching } = this.#o
    if (this.paused || inbox.first === undefined) await inbox.wait(timeoutUs, signal)
    else if (this.#left) await new Promise<void>(resolve => setImmediate(resolve))
    this.#left = false
    let bytes = 0
    while (!this.paused && inbox.first !== undefined) {
      if (bytes >= GO_BYTES) {
        this.#left = true
        break
      }
      const { records, at } = inbox.first
      const loading = loadCodec(attributesOf(records, at))
      if (loading === undefined) bytes += this.#next(inbox.first, onBatch)
      // meanwhile the batch may be taken away: it is looked at anew
      else await loading
    }
    if (bytes > 0) fetching.kick()
  }

  /** Hands over one batch, or passes over one that has nothing to hand over; its bytes. */
  #next(entry: Fetched, onBatch: (batch: Batch) => void): number {
    const { partition, records, at, aborted } = entry
    const batch = this.#batch
    let size: number
    let some: boolean
    try {
      size = sizeOfBatch(records, at)
      some = batch.open(records, at, size, partition.offset, aborted)
    } catch (error) {
      this.#broken(entry, error as Error)
      return 1
    }
    if (some) onBatch(batch.of(partition.topic, partition.number, entry.polledAt))
    // its taker may have left meanwhile
    if (!partition.active) return size
    if (some && batch.failure !== undefined) {
      partition.offset = Math.max(partition.offset, batch.reached)
      this.#broken(entry, batch.failure)
      return size
    }
    partition.offset = Math.max(partition.offset, nextOffset(records, at))
    entry.at += size
    if (entry.at >= records.length) this.#o.inbox.shift()
    return size
  }

  #broken({ partition, link }: Fetched, error: Error): void {
    const { reports, fetching } = this.#o
    reports.error(codeOf(error), `${partition}: ${error.message}`)
    // the connection may be to blame for bytes that are wrong, not for those that nobody here can read
    fetching.broken(partition, error instanceof UnreadableError ? undefined : link)
  }
}
