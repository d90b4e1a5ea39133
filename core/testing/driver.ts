/** A driver without a broker: answers when it is told to, loses what it is told to, and holds a log to read back from. */
import { definePlugin, type Plugin } from '../define.ts'
import type {
  Consumer,
  Driver,
  HeldBatch,
  Offsets,
  Producer,
  ProducerOptions,
  ProducerPort,
} from '../driver.ts'
import type { Acks, Draft, Key, Target } from '../record.ts'
import type { Schema } from '../schema.ts'
import { STAMP_BYTES } from '../stamp.ts'
import { FakeConsumer, type Time, topics } from './consumer.ts'
import { type FakeTransactionOptions, FakeTransactions, type Ids } from './transactions.ts'

export interface FakeDriverOptions extends FakeTransactionOptions {
  /** µs from append to the answer; of a record's index, or the same for all. @default 1000 */
  readonly delayUs?: number | ((index: number) => number)
  /** No answer arrives between these times (µs since t0): all of them come at the end of it. */
  readonly stall?: { readonly from: number; readonly to: number }
  /** The batch that holds this record is forgotten: neither answered nor counted. */
  readonly loses?: number
  /** Outcome of a record. @default 'acked' */
  readonly state?: (index: number) => 'acked' | 'failed' | 'unknown'
  /** Records it takes before `room()` says no. @default no bound */
  readonly capacity?: number
  /** Called with every record it accepts. */
  readonly onRecord?: (record: {
    index: number
    key: Key | null
    size: number
    scheduledAt: number
    producer: number
    partition: number
  }) => void
  /** Keeps records, for consumers of the same thread: `run({ … })`. @default false */
  readonly log?: boolean
}

const anything: Schema<FakeDriverOptions> = {
  '~standard': {
    version: 1,
    vendor: 'kafka-loadtest',
    validate: value => ({ value: value as FakeDriverOptions }),
  },
}

/** @example plugins: [fakeDriver({ delayUs: 100_000 })] */
export const fakeDriver: (options?: FakeDriverOptions) => Plugin = definePlugin({
  name: 'fake',
  slot: 'driver',
  schema: anything,
  register(run, options) {
    run.hooks.prepare.tap(shared => void shared.brokers.push('fake driver'), { order: 'first' })
    run.hooks.driver.tap(
      (): Driver => new FakeDriver(options, { now: () => run.now(), at: (us, fn) => run.at(us, fn) }),
    )
  },
})

class FakeDriver implements Driver {
  readonly name = 'fake'
  readonly can = { wireTime: true, transactions: true, consumerProtocol: false }
  readonly #ids: Ids = new Map()
  readonly #options: FakeDriverOptions
  readonly #time: Time
  constructor(options: FakeDriverOptions, time: Time) {
    this.#options = options
    this.#time = time
  }
  async producer(options: ProducerOptions, port: ProducerPort): Promise<Producer> {
    return new FakeProducer(this.#options, this.#time, options, port, this.#ids)
  }
  async consumer(): Promise<Consumer> {
    return new FakeConsumer(this.#time)
  }
  async admin() {
    return {
      describe: async (topic: string) => topics.get(topic)?.info,
      create: async (topic: string, o: { partitions: number }) => {
        const info = { id: topic, partitions: o.partitions, configs: {} }
        topics.set(topic, { info, logs: Array.from({ length: o.partitions }, () => []) })
      },
      delete: async (topic: string) => void topics.delete(topic),
      offsets: async (topic: string, at: 'start' | 'end' | 'stable') =>
        (topics.get(topic)?.logs ?? []).map(log => (at === 'start' ? 0 : log.length)),
      broker: async () => 'fake driver: no broker',
      close: async () => undefined,
    }
  }
  async close(): Promise<void> {}
}

interface FakeBatch extends HeldBatch {
  readonly acks: Acks
}

class FakeProducer implements Producer {
  readonly #o: FakeDriverOptions
  readonly #time: Time
  readonly #to: ProducerOptions
  readonly #port: ProducerPort
  readonly #batches = new Set<FakeBatch>()
  readonly #due = new Map<number, FakeBatch[]>()
  #full = false
  readonly #sequences: number[] = []
  #idle: (() => void)[] = []
  #scratch = Buffer.alloc(1 << 16)
  readonly #transactions: FakeTransactions | undefined
  constructor(o: FakeDriverOptions, time: Time, to: ProducerOptions, port: ProducerPort, ids: Ids) {
    this.#o = o
    this.#time = time
    this.#to = to
    this.#port = port
    if (to.transactionalId !== undefined) this.#transactions = new FakeTransactions(o, ids, time, to, port)
  }

  room(): boolean {
    return this.#batches.size < (this.#o.capacity ?? Number.POSITIVE_INFINITY)
  }

  append(draft: Draft): void {
    this.#transactions?.check()
    const { index, scheduledAt, enqueuedAt } = draft
    const { fenced = false, number: transaction = -1 } = this.#transactions ?? {}
    const partition = draft.partition >= 0 ? draft.partition : index % this.#to.partitions
    const sequence = this.#sequences[partition] ?? 0
    this.#sequences[partition] = sequence + 1
    const size = Math.max(0, draft.size)
    if (size > this.#scratch.length) this.#scratch = Buffer.alloc(size)
    if (draft.size >= 0) this.#port.fill(draft, targetIn(this.#scratch, size), sequence)
    let stamp: Buffer | undefined
    if (draft.stampHeader) {
      stamp = Buffer.alloc(STAMP_BYTES)
      this.#port.stamp(draft, targetIn(stamp, STAMP_BYTES), sequence)
    }
    const log = this.#o.log ? topics.get(this.#to.topic)?.logs[partition] : undefined
    log?.push({
      offset: log.length,
      partition,
      key:
        draft.key === null
          ? null
          : Buffer.from(typeof draft.key === 'number' ? String(draft.key) : draft.key),
      value: draft.size < 0 ? null : Buffer.from(this.#scratch.subarray(0, size)),
      stamp,
    })
    this.#o.onRecord?.({
      index,
      key: draft.key,
      size: draft.size,
      scheduledAt,
      producer: draft.producer,
      partition,
    })
    if (this.#o.loses === index) return
    const { delayUs = 1000, stall, state } = this.#o
    const now = enqueuedAt
    let at = now + (typeof delayUs === 'function' ? delayUs(index) : delayUs)
    if (stall && at >= stall.from && at < stall.to) at = stall.to
    const column = (value: number) => Float64Array.of(value)
    const batch: FakeBatch = {
      count: 1,
      bytes: size,
      scheduledAt: column(scheduledAt),
      acks: {
        topic: this.#to.topic,
        partition,
        state: fenced ? 'failed' : (state?.(index) ?? 'acked'),
        error: fenced ? 'PRODUCER_FENCED' : '',
        wireAt: now,
        ackedAt: at,
        producer: draft.producer,
        baseSequence: sequence,
        baseOffset: log ? log.length - 1 : sequence,
        transaction,
        bytes: size,
        count: 1,
        index: column(index),
        scheduledAt: column(scheduledAt),
        enqueuedAt: column(enqueuedAt),
      },
    }
    this.#full ||= !this.room()
    this.#batches.add(batch)
    const due = this.#due.get(at)
    if (due) return void due.push(batch)
    this.#due.set(at, [batch])
    this.#time.at(at, () => this.#answer(at))
  }

  /** One timer answers all that is due at once: a timer for each record would be most of what a run does. */
  #answer(at: number): void {
    const due = this.#due.get(at) ?? []
    this.#due.delete(at)
    // under a real clock the answer arrives when the timer fires
    const ackedAt = Math.max(at, this.#time.now())
    for (const batch of due) {
      this.#batches.delete(batch)
      if (this.#transactions && batch.acks.state !== 'acked') this.#transactions.broken = true
      this.#port.outcome({ ...batch.acks, ackedAt })
    }
    if (this.#full && this.room()) {
      this.#full = false
      this.#port.room()
    }
    if (this.#batches.size === 0) for (const done of this.#idle.splice(0)) done()
  }

  held(visit: (batch: HeldBatch) => void): void {
    for (const batch of this.#batches) visit(batch)
  }
  partitions(): number {
    return this.#to.partitions
  }
  begin(number?: number): void {
    this.#inTransactions().begin(number)
  }
  async end(how: 'commit' | 'abort', offsets?: readonly Offsets[], member?: Consumer) {
    const answered = new Promise<void>(resolve => {
      if (this.#batches.size === 0) resolve()
      else this.#idle.push(resolve)
    })
    return this.#inTransactions().end(how, answered, offsets, member)
  }
  #inTransactions(): FakeTransactions {
    if (this.#transactions) return this.#transactions
    throw new Error('a producer without transactionalId has no transactions')
  }
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#batches.size === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }
  async close(): Promise<void> {}
}

function targetIn(bytes: Buffer, length: number): Target {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset), start: 0, length }
}
