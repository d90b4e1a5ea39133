/**
 * The producer as the engine sees it: records in, outcomes out, held within bounds.
 *
 * A batch is sent until the broker has acked it, has refused it for good, or `deliveryTimeoutUs` is over. It ends as failed only
 * if every attempt was refused; when one of them ended so that it may have been written – no answer, a time-out, a leader deposed
 * under acks=all – it ends as acked or unknown. Without `idempotent` another attempt after such a one may write it twice, and with
 * `maxInFlight` above 1 out of order: as with Kafka's own producer. With it neither happens.
 */
import type {
  Acks,
  Consumer,
  Draft,
  HeldBatch,
  Offsets,
  Producer,
  ProducerOptions,
  ProducerPort,
} from '../../../../core/plugin.ts'
import { errorName } from '../../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { LinkError } from '../failure.ts'
import { untilLed } from '../topic.ts'
import { Transactions } from '../transaction/transactions.ts'
import { Accumulator } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { Endings, LATE } from './endings.ts'
import { Events } from './events.ts'
import { fetchIdentity } from './identity.ts'
import { isAcked } from './outcome.ts'
import { Outcomes } from './outcomes.ts'
import type { PartitionQueue } from './queue.ts'
import { faultName, Retries } from './retries.ts'
import { Sender } from './sender.ts'
import { Sequences } from './sequences.ts'
import { Waiting } from './waiting.ts'

/** Where a producer counts; counters of the plugin's own. */
export interface Meters {
  /**
   * A request goes out. `again`: with something that was sent before; `batchBytes`: of its records before they were compressed;
   * `sentBytes`: of the request as it goes out.
   */
  requested(again: boolean, batchBytes: number, sentBytes: number): void
  throttled(us: number): void
}

export interface Context {
  readonly cluster: Cluster
  /** µs since t0. */
  readonly now: () => number
  readonly meters: Meters
}

const TOO_LARGE = 'RecordTooLarge'

export class WireProducer implements Producer {
  readonly #options: ProducerOptions
  readonly #port: ProducerPort
  readonly #accumulator: Accumulator
  readonly #outcomes: Outcomes
  readonly #transactions: Transactions | undefined
  readonly #sequences: Sequences | undefined
  readonly #sender: Sender
  readonly #retries: Retries
  readonly #endings: Endings
  readonly #events: Events
  readonly #sweeper: NodeJS.Timeout
  readonly #flushes = new Waiting()
  /** Why something was not sent lately. */
  #trouble = 'the broker takes less than it is offered'
  #full = false
  #closed = false

  private constructor({ cluster, now, meters }: Context, options: ProducerOptions, port: ProducerPort) {
    const { settings } = options
    this.#options = options
    this.#port = port
    this.#events = new Events(event => port.event(event), now)
    this.#accumulator = new Accumulator(options, port, {
      ready: () => this.#sender.pumpSoon(),
      opened: at => this.#opened(at),
    })
    this.#outcomes = new Outcomes(options, port, now)
    const { transactionalId } = options
    if (transactionalId !== undefined) {
      this.#transactions = new Transactions(cluster, transactionalId, options, this.#accumulator.queues, {
        now,
        flush: signal => this.flush(signal),
        event: event => port.event(event),
        error: (code, message) => this.#events.error(code, message, 0),
        changed: () => this.#settleSoon(),
      })
      this.#sequences = this.#transactions.sequences
    } else if (settings.idempotent)
      this.#sequences = new Sequences(
        () => fetchIdentity(cluster, options),
        () => this.#sender.pumpSoon(),
      )
    this.#retries = new Retries(this.#accumulator, options, now)
    this.#endings = new Endings(this.#accumulator, settings, now, (queue, batch) =>
      this.#giveUp(queue, batch),
    )
    this.#sender = new Sender(cluster, this.#accumulator, this.#sequences, options, {
      now,
      answered: (...all) => this.#answered(...all),
      lost: (queue, batch, why) => this.#lost(queue, batch, why),
      written: (queue, batch, error) => this.#written(queue, batch, error),
      late: records => port.late(records),
      release: batch => this.#accumulator.release(batch),
      abandoned: (queue, batches) => {
        for (const batch of batches) this.#giveUp(queue, batch)
      },
      requested: (...all) => meters.requested(...all),
      throttled: (node, ms) => {
        meters.throttled(1000 * ms)
        this.#events.throttle(node, 1000 * ms)
      },
      trouble: error => this.#troubled(error),
      settled: () => this.#settled(),
    })
    const everyMs = Math.min(250, Math.max(10, settings.deliveryTimeoutUs / 8000))
    this.#sweeper = setInterval(() => this.#sweep(), everyMs)
    this.#sweeper.unref()
  }

  /** @throws LinkError, NoBrokerError; BrokerError; Error when the topic is not there within the time, or is another one. */
  static async open(context: Context, options: ProducerOptions, port: ProducerPort): Promise<WireProducer> {
    const producer = new WireProducer(context, options, port)
    try {
      await untilLed(context.cluster, options.topic, options.partitions, options.timeoutUs, 'Write')
      producer.#sender.lanes.follow()
      await producer.#sequences?.begin(producer.#accumulator.queues)
      await producer.#sender.lanes.open()
      return producer
    } catch (error) {
      await producer.close()
      throw error
    }
  }

  room(): boolean {
    const room = this.#accumulator.hasRoom()
    if (!room) this.#full = true
    return room
  }

  append(draft: Draft): void {
    this.#transactions?.check(draft.index)
    const tooLarge = this.#accumulator.append(draft)
    if (tooLarge > 0) this.#tooLarge(draft, tooLarge)
  }

  #opened(at: number): void {
    const { lingerUs } = this.#options.settings
    if (this.#accumulator.hurry || lingerUs === 0) this.#sender.pumpSoon()
    else this.#sender.wakeAt(at + lingerUs)
    this.#transactions?.opened()
  }

  held(visit: (batch: HeldBatch) => void): void {
    for (const { sent, closed, open } of this.#accumulator.queues) {
      for (const batch of sent) visit(batch)
      for (const batch of closed) visit(batch)
      if (open !== undefined) visit(open)
    }
  }
  partitions(): number {
    return this.#options.partitions
  }
  begin(number?: number): void {
    this.#inTransactions().begin(number)
  }
  async end(how: 'commit' | 'abort', offsets?: readonly Offsets[], member?: Consumer) {
    return this.#inTransactions().end(how, offsets, member)
  }
  #inTransactions(): Transactions {
    if (this.#transactions === undefined)
      throw new Error('a producer without transactionalId has no transactions')
    return this.#transactions
  }

  #answered(
    queue: PartitionQueue,
    batch: Batch,
    code: number,
    baseOffset: number,
    message: string | null,
  ): void {
    if (isAcked(code)) {
      this.#sequences?.acked(queue)
      this.#end(queue, batch, 'acked', '', baseOffset)
      return
    }
    const next = this.#retries.refused(queue, batch, code, message)
    if (next === 'stale') this.#sender.lanes.refresh()
    if (next === 'over') this.#giveUp(queue, batch)
    else this.#events.error(errorName(code), batch.message, 0)
  }

  #lost(queue: PartitionQueue, batch: Batch, why: LinkError): void {
    this.#retries.lost(queue, batch, why)
    this.#events.error(batch.error, batch.message, 0)
    this.#sender.lanes.refresh()
  }

  /** acks=0: nothing more will be known. */
  #written(queue: PartitionQueue, batch: Batch, error: Error | undefined): void {
    batch.message = error?.message ?? ''
    this.#end(queue, batch, 'unknown', error === undefined ? '' : 'ConnectionClosed', -1)
  }

  /** By what its attempts came to. */
  #giveUp(queue: PartitionQueue, batch: Batch): void {
    this.#end(queue, batch, batch.uncertain || batch.underWay ? 'unknown' : 'failed', batch.error || LATE, -1)
  }

  #end(queue: PartitionQueue, batch: Batch, state: Acks['state'], error: string, baseOffset: number): void {
    batch.ended = true
    if (state !== 'acked') this.#sequences?.givenUp(queue, batch)
    this.#outcomes.ended(batch, state, error, baseOffset, this.#transactions?.number)
    if (error !== '') this.#events.error(error, batch.message, batch.count)
    this.#sender.releaseIfDone(batch)
  }

  #tooLarge(draft: Draft, size: number): void {
    const message = `a record of ${size} bytes, ${this.#accumulator.largestRecord} at most: raise producer.batchSize`
    this.#transactions?.break(TOO_LARGE, message)
    this.#outcomes.notTaken(draft, TOO_LARGE, this.#transactions?.number)
    this.#events.error(TOO_LARGE, message, 1)
  }

  #troubled(error: unknown): void {
    this.#trouble = error instanceof Error ? error.message : String(error)
    this.#events.error(error instanceof LinkError ? faultName(error) : 'ClusterUnavailable', this.#trouble, 0)
  }

  #settled(): void {
    const broken = this.#transactions?.broken
    if (broken !== undefined) this.#endings.abandon(broken)
    if (this.#full && this.#accumulator.hasRoom()) {
      this.#full = false
      this.#port.room()
    }
    if (this.#flushes.any && this.#idle) this.#flushes.end()
  }
  /** Outside of what the sender is in the middle of. */
  #settleSoon(): void {
    setImmediate(() => {
      if (this.#closed) return
      this.#settled()
      this.#sender.pumpSoon()
    })
  }

  get #idle(): boolean {
    return this.#accumulator.queues.every(queue => queue.empty && queue.sent.length === 0)
  }

  #sweep(): void {
    this.#endings.sweep(this.#trouble)
    this.#settled()
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#accumulator.hurry = true
    this.#sender.pumpSoon()
    try {
      if (!this.#idle) await this.#flushes.wait(signal)
    } finally {
      this.#accumulator.hurry = false
      this.#events.flush()
    }
  }
  /** What has no outcome by now gets none: it stays in flight. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweeper)
    this.#events.flush()
    this.#sequences?.close()
    this.#sender.close()
    await this.#transactions?.close()
  }
}
