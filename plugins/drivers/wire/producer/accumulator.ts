/** What waits to be sent: an open batch for each partition, and the closed ones before it; and how much all batches take. */
import type { Draft, ProducerOptions, ProducerPort } from '../../../../core/plugin.ts'
import { transactionalBit } from '../../../protocol/batch.ts'
import { AFTER, AROUND, Batch, FIRST } from './batch.ts'
import { type Codec, compress } from './compress.ts'
import { Encoder } from './encoder.ts'
import { Sticky } from './partitioner.ts'
import { BufferPool } from './pool.ts'
import { PartitionQueue } from './queue.ts'

/** Batches kept to be used again, with their columns. */
const POOL = 1024
/** As the Java client's max.request.size; a larger batchBytes lifts it for single batches. */
export const REQUEST_BYTES = 1 << 20

export interface AccumulatorPort {
  /** A batch was closed. */
  ready(): void
  /** A batch was opened, at a time in µs since t0. */
  opened(at: number): void
}

export class Accumulator {
  readonly queues: readonly PartitionQueue[]
  /** Set while a flush waits: linger ends. */
  hurry = false
  readonly codec: Codec
  readonly memory: BufferPool
  readonly #batchBytes: number
  readonly #batchRecords: number
  readonly #bufferBytes: number
  readonly #bufferRecords: number
  readonly #idempotent: boolean
  readonly #topic: string
  readonly #port: ProducerPort
  readonly #on: AccumulatorPort
  readonly #encoder = new Encoder()
  readonly #batches: Batch[] = []
  readonly #largest: number
  /** Of all batches, whatever they are compressed with. */
  readonly #attributes: number
  readonly #sticky: Sticky
  /** Of all batches that are not back in the pool. For admission alone: what is held is counted by walking. */
  #bytes = 0
  #records = 0
  /** t_enq at which the clock was read for the time of a record. */
  #timeOf = Number.NaN

  constructor(options: ProducerOptions, port: ProducerPort, on: AccumulatorPort) {
    const { settings, topic, id, partitions, transactionalId } = options
    const { batchBytes, batchRecords, bufferBytes } = settings
    this.codec = settings
    this.memory = new BufferPool(batchBytes + AROUND, bufferBytes)
    this.#batchBytes = batchBytes
    this.#batchRecords = batchRecords
    this.#bufferBytes = bufferBytes
    this.#bufferRecords = settings.bufferRecords
    this.#idempotent = settings.idempotent
    this.#topic = topic
    this.#port = port
    this.#on = on
    this.#largest = Math.max(batchBytes, REQUEST_BYTES)
    this.#attributes = transactionalId === undefined ? 0 : transactionalBit
    this.queues = Array.from({ length: partitions }, (_, n) => new PartitionQueue(n))
    this.#sticky = new Sticky(this.queues, id)
  }

  hasRoom(): boolean {
    return this.#bytes < this.#bufferBytes && this.#records < this.#bufferRecords
  }

  /** Bytes of the largest record that is sent. */
  get largestRecord(): number {
    return this.#largest
  }

  /**
   * Writes a record into the open batch of its partition. Answers 0, or the size of a record that is too large and was not
   * taken.
   * @throws RangeError for a partition that the topic does not have, or a timestamp that is none, and what `fill` throws;
   * the record is not taken then.
   */
  append(draft: Draft): number {
    const encoder = this.#encoder
    const about = encoder.measure(draft)
    if (about > this.#largest) return about
    let queue = this.#queueFor(draft)
    this.#setTime(draft)
    let batch = queue.open
    if (batch !== undefined && !this.#fits(batch)) {
      this.close(queue)
      // the partitioner has moved on: a record without a key goes along
      queue = this.#queueFor(draft)
      batch = queue.open
      if (batch !== undefined && !this.#fits(batch)) {
        this.close(queue)
        batch = undefined
      }
    }
    if (batch === undefined) {
      batch = this.#open(queue, draft, about)
      encoder.place(batch)
    }
    const { size } = encoder
    if (batch.position + size + AFTER > batch.memory.length) this.#grow(batch, size)
    let end: number
    try {
      end = encoder.write(batch, draft, this.#port, queue.appended)
    } catch (error) {
      if (batch.count === 0) this.#discard(queue, batch)
      throw error
    }
    queue.appended++
    if (encoder.time > batch.maxTimestamp) batch.maxTimestamp = encoder.time
    batch.add(draft, end)
    this.#bytes += size
    this.#records++
    if (batch.count === 1) this.#on.opened(batch.openedAt)
    if (batch.size >= this.#batchBytes || batch.count >= this.#batchRecords) this.close(queue)
    return 0
  }

  /** Whether the record measured last fits; it is placed as the batch's next one. */
  #fits(batch: Batch): boolean {
    return batch.size + this.#encoder.place(batch) <= this.#batchBytes
  }

  #queueFor(draft: Draft): PartitionQueue {
    const { partition } = draft
    const { queues } = this
    if (partition < 0)
      return this.#encoder.keyed
        ? (queues[this.#encoder.keyHash() % queues.length] as PartitionQueue)
        : this.#sticky.queue
    const queue = queues[partition]
    if (queue !== undefined) return queue
    throw new RangeError(
      `partition ${partition} was chosen for record ${draft.index}, but topic ${this.#topic} has ${queues.length} (0 to ${queues.length - 1})`,
    )
  }

  /** The clock is read when t_enq was read anew: that is once for a slice of the sending loop. */
  #setTime(draft: Draft): void {
    if (!Number.isNaN(draft.timestamp)) {
      const whole = Math.trunc(draft.timestamp)
      if (!Number.isSafeInteger(whole))
        throw new RangeError(
          `the timestamp of record ${draft.index} is ${draft.timestamp}, expected ms since the epoch`,
        )
      this.#encoder.time = whole
      this.#timeOf = Number.NaN
    } else if (draft.enqueuedAt !== this.#timeOf) {
      this.#timeOf = draft.enqueuedAt
      this.#encoder.time = Date.now()
    }
  }

  #open(queue: PartitionQueue, { enqueuedAt }: Draft, about: number): Batch {
    const batch = this.take()
    const memory = this.memory.take(Math.max(queue.expected, FIRST + AFTER + about + AROUND))
    batch.open(queue.id, enqueuedAt, queue.appended, this.#encoder.time, memory)
    queue.open = batch
    return batch
  }

  /** A batch that holds nothing, to be opened. */
  take(): Batch {
    return this.#batches.pop() ?? new Batch(this.#attributes)
  }

  #grow(batch: Batch, size: number): void {
    const { memory, position } = batch
    const full = this.#batchBytes + AROUND
    const needed = position + size + AFTER
    const larger = this.memory.take(Math.max(needed, Math.min(full, 2 * memory.length)))
    memory.copy(larger, 0, 0, position)
    batch.use(larger)
    this.memory.give(memory)
  }

  #discard(queue: PartitionQueue, batch: Batch): void {
    queue.open = undefined
    this.#recycle(batch)
  }

  /** The partition's open batch takes no more. */
  close(queue: PartitionQueue): void {
    const batch = queue.open
    if (batch === undefined) return
    queue.open = undefined
    queue.expected = batch.position + AFTER
    compress(batch, this.codec, this.memory)
    batch.seal()
    // while its bytes are in the cache: at 1 KiB a record it saves a sixth. A sequence would change them
    if (!this.#idempotent) batch.sum()
    queue.closed.push(batch)
    this.#sticky.leave(queue.id)
    this.#on.ready()
  }

  /** Takes a partition's oldest batch, the open one too. */
  shift(queue: PartitionQueue): Batch | undefined {
    if (queue.closed.length === 0) this.close(queue)
    return queue.closed.shift()
  }

  /** A batch made of another one's records counts like any other. */
  adopt(batch: Batch): void {
    this.#bytes += batch.bytes
    this.#records += batch.count
  }

  /** Takes back a batch that nobody uses any more. */
  release(batch: Batch): void {
    this.#bytes -= batch.bytes
    this.#records -= batch.count
    this.#recycle(batch)
  }
  #recycle(batch: Batch): void {
    this.memory.give(batch.empty())
    if (this.#batches.length < POOL) this.#batches.push(batch)
  }
}
