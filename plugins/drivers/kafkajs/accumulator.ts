/** What waits to be sent: an open batch for each partition, and the closed ones behind it. kafkajs has nothing of the kind. */
import type { Draft, ProducerOptions, ProducerPort } from '../../../core/plugin.ts'
import { Batch, type OutgoingMessage, RECORD_OVERHEAD } from './batch.ts'
import { RecordWriter } from './record.ts'

/** Batches kept to be used again. */
const POOL = 256
/** As the Java client's max.request.size; a larger batchBytes lifts it for single batches. */
export const REQUEST_BYTES = 1 << 20
/** Timers fire up to a millisecond early by a finer clock. */
const EARLY_US = 500

/** One partition's batches, oldest first. */
export class PartitionQueue {
  readonly id: number
  open: Batch | undefined
  readonly closed: Batch[] = []
  /** Sequence of the next record. */
  sequence = 0
  /** Its batches under way. */
  sending = 0
  /** In a request that was refused as a whole: sent alone until it is known to be well. See producer.ts. */
  suspect = false

  constructor(id: number) {
    this.id = id
  }

  get empty(): boolean {
    return this.open === undefined && this.closed.length === 0
  }
  first(): Batch | undefined {
    return this.closed[0] ?? this.open
  }
  take(): Batch | undefined {
    const batch = this.closed.shift()
    if (batch !== undefined) return batch
    const { open } = this
    this.open = undefined
    return open
  }
}

export class Accumulator {
  readonly queues: readonly PartitionQueue[]
  /** Set while a flush waits: linger ends. */
  hurry = false
  readonly #settings
  readonly #topic: string
  readonly #port: ProducerPort
  readonly #writer = new RecordWriter()
  readonly #pool: Batch[] = []
  readonly #largest: number
  /** Partition of keyless records; another one when its batch closes. */
  #sticky: number
  /** For admission alone: what is held is counted by walking. */
  #bytes = 0
  #records = 0
  #timestamp = ''
  #timestampOf = Number.NaN

  constructor(options: ProducerOptions, port: ProducerPort) {
    this.#settings = options.settings
    this.#topic = options.topic
    this.#port = port
    this.#largest = Math.max(options.settings.batchBytes, REQUEST_BYTES)
    this.#sticky = options.id % options.partitions
    this.queues = Array.from({ length: options.partitions }, (_, id) => new PartitionQueue(id))
  }

  hasRoom(): boolean {
    return this.#bytes < this.#settings.bufferBytes && this.#records < this.#settings.bufferRecords
  }

  /** Bytes of the largest record that is sent. */
  get largestRecord(): number {
    return this.#largest
  }

  /**
   * Copies a record into the open batch of its partition. Answers whether that 'opened' or 'closed' a batch or neither
   * ('added'); a number is the size of a record that is too large, and was not taken.
   * @throws RangeError for a partition that the topic does not have, and what `fill` throws; the record is not taken then.
   */
  append(draft: Draft): 'added' | 'opened' | 'closed' | number {
    const writer = this.#writer
    const size = writer.measure(draft)
    if (size > this.#largest) return size
    if (draft.partition >= this.queues.length)
      throw new RangeError(
        `partition ${draft.partition} was chosen for record ${draft.index}, but topic ${this.#topic} has ${this.queues.length} (0 to ${this.queues.length - 1})`,
      )
    writer.writeKey(draft)
    const queue = this.#queueFor(draft)
    const { sequence } = queue
    const message: OutgoingMessage = {
      key: writer.key(),
      value: writer.value(draft, this.#port, sequence),
      headers: writer.headers(draft, this.#port, sequence),
      timestamp: this.#timestampFor(draft),
    }
    queue.sequence = sequence + 1
    let change: 'added' | 'opened' | 'closed' = 'added'
    let batch = queue.open
    if (batch !== undefined && batch.encodedBytes + size + RECORD_OVERHEAD > this.#settings.batchBytes) {
      this.#close(queue)
      batch = undefined
      change = 'closed'
    }
    if (batch === undefined) {
      batch = this.#pool.pop() ?? new Batch()
      batch.open(queue.id, draft.enqueuedAt, sequence)
      queue.open = batch
      if (change === 'added') change = 'opened'
    }
    batch.add(draft.index, draft.scheduledAt, draft.enqueuedAt, size, message)
    this.#bytes += size
    this.#records++
    const { batchBytes, batchRecords } = this.#settings
    if (batch.encodedBytes >= batchBytes || batch.count >= batchRecords) {
      this.#close(queue)
      change = 'closed'
    }
    return change
  }

  #queueFor(draft: Draft): PartitionQueue {
    let partition = draft.partition
    if (partition < 0)
      partition = this.#writer.keyed ? this.#writer.keyHash() % this.queues.length : this.#sticky
    return this.queues[partition] as PartitionQueue
  }

  #close(queue: PartitionQueue): void {
    if (queue.open === undefined) return
    queue.closed.push(queue.open)
    queue.open = undefined
    this.#leave(queue.id)
  }
  /** The batch of a partition is over: keyless records go to the next one. */
  #leave(partition: number): void {
    if (partition === this.#sticky) this.#sticky = (partition + 1) % this.queues.length
  }

  /** The clock is read when t_enq was read anew: that is once for a slice of the sending loop. */
  #timestampFor(draft: Draft): string {
    if (!Number.isNaN(draft.timestamp)) return String(Math.trunc(draft.timestamp))
    if (draft.enqueuedAt !== this.#timestampOf) {
      this.#timestampOf = draft.enqueuedAt
      this.#timestamp = String(Date.now())
    }
    return this.#timestamp
  }

  /** Whether the partition's first batch need not wait for company any longer. */
  due(queue: PartitionQueue, now: number): boolean {
    if (queue.closed.length > 0) return true
    const { open } = queue
    return open !== undefined && (this.hurry || open.openedAt + this.#settings.lingerUs <= now + EARLY_US)
  }

  /** µs since t0 when the next open batch is due; Infinity for none. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { open } of this.queues) if (open !== undefined && open.openedAt < next) next = open.openedAt
    return next + this.#settings.lingerUs
  }

  /** A batch that was never sent: it goes first again. */
  putBack(batch: Batch): void {
    const { closed } = this.queues[batch.partition] as PartitionQueue
    const after = closed.findIndex(each => each.baseSequence > batch.baseSequence)
    closed.splice(after === -1 ? closed.length : after, 0, batch)
  }

  take(queue: PartitionQueue): Batch | undefined {
    const batch = queue.take()
    if (batch !== undefined) this.#leave(queue.id)
    return batch
  }

  /** Takes all batches opened before a time, µs since t0. */
  takeOlder(before: number): Batch[] {
    const old: Batch[] = []
    for (const queue of this.queues)
      while ((queue.first()?.openedAt ?? Number.POSITIVE_INFINITY) < before)
        old.push(this.take(queue) as Batch)
    return old
  }

  held(visit: (batch: Batch) => void): void {
    for (const { closed, open } of this.queues) {
      for (const batch of closed) visit(batch)
      if (open !== undefined) visit(open)
    }
  }

  /** Takes back a batch that has its outcome. */
  release(batch: Batch): void {
    this.#bytes -= batch.bytes
    this.#records -= batch.count
    if (this.#pool.length < POOL) this.#pool.push(batch)
  }

  get empty(): boolean {
    return this.queues.every(queue => queue.empty)
  }
}
