/** Records of one partition on their way, in columns beside what kafkajs wants: an object for each record. */
import type { HeldBatch } from '../../../core/plugin.ts'
import type { OutgoingHeaders } from './record.ts'

/** A record as kafkajs takes it; its partition is that of the batch. */
export interface OutgoingMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: OutgoingHeaders
  /** ms since the epoch, as decimal digits. */
  readonly timestamp: string
}

/** What a record adds to a batch besides key, value and headers: lengths and deltas. */
export const RECORD_OVERHEAD = 12

/** Used again once it has its outcome; kafkajs may still hold the messages then, so they are made anew. */
export class Batch implements HeldBatch {
  partition = -1
  count = 0
  /** Key, value and header bytes. */
  bytes = 0
  valueBytes = 0
  /** When its first record was handed over, µs since t0. */
  openedAt = Number.NaN
  baseSequence = -1
  index = new Float64Array(64)
  scheduledAt = new Float64Array(64)
  enqueuedAt = new Float64Array(64)
  messages: OutgoingMessage[] = []
  /** kafkajs got as far as encoding it, so it may have been written. */
  sent = false

  open(partition: number, openedAt: number, baseSequence: number): void {
    this.partition = partition
    this.count = 0
    this.bytes = 0
    this.valueBytes = 0
    this.openedAt = openedAt
    this.baseSequence = baseSequence
    this.messages = []
    this.sent = false
  }

  /** The messages for kafkajs, which maps over them once it is connected and about to write: not before. */
  watchedMessages(): readonly OutgoingMessage[] {
    const { messages } = this
    messages.map = fn => {
      if (this.messages === messages) this.sent = true
      return Array.prototype.map.call(messages, fn as never) as never
    }
    return messages
  }

  /** About what its records take in a request, before compression. */
  get encodedBytes(): number {
    return this.bytes + this.count * RECORD_OVERHEAD
  }

  add(index: number, scheduledAt: number, enqueuedAt: number, bytes: number, message: OutgoingMessage): void {
    const at = this.count
    if (at === this.index.length) this.#grow()
    this.index[at] = index
    this.scheduledAt[at] = scheduledAt
    this.enqueuedAt[at] = enqueuedAt
    this.messages.push(message)
    this.bytes += bytes
    this.valueBytes += message.value?.length ?? 0
    this.count = at + 1
  }

  #grow(): void {
    const longer = (column: Float64Array) => {
      const next = new Float64Array(2 * column.length)
      next.set(column)
      return next
    }
    this.index = longer(this.index)
    this.scheduledAt = longer(this.scheduledAt)
    this.enqueuedAt = longer(this.enqueuedAt)
  }
}
