/** The producer as the engine sees it: records in, outcomes out, held within bounds. */
import type { Draft, HeldBatch, Producer, ProducerOptions, ProducerPort } from '../../../core/plugin.ts'
import { Accumulator } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { Origin } from './client.ts'
import { Dispatcher } from './dispatcher.ts'
import { ErrorEvents } from './error-events.ts'
import { Link } from './link.ts'
import type { Outcome } from './outcome.ts'

export interface Context extends Origin {
  /** µs since t0. */
  readonly now: () => number
  /** Bound of every operation of the admin, µs. */
  readonly timeoutUs: number
  /** What kafkajs threw at the start, as a sentence; anything else as it is. */
  readonly explain: (error: unknown, operation?: string) => unknown
  /** A request is over, after so many attempts. */
  readonly requested: (attempts: number) => void
}

/** No attempt was made, so none was ambiguous. */
const NEVER_SENT: Outcome = { state: 'failed', error: 'DeliveryTimeout' }
const TOO_LARGE = 'RecordTooLarge'

export class KafkajsProducer implements Producer {
  readonly #now: () => number
  readonly #options: ProducerOptions
  readonly #port: ProducerPort
  readonly #accumulator: Accumulator
  readonly #dispatcher: Dispatcher
  readonly #errors: ErrorEvents
  readonly #sweeper: NodeJS.Timeout
  readonly #flushes = new Set<() => void>()
  /** Why something was not sent lately. */
  #trouble = 'the broker takes less than it is offered'
  #full = false
  #closed = false

  private constructor(context: Context, options: ProducerOptions, port: ProducerPort) {
    const { now, requested } = context
    this.#now = now
    this.#options = options
    this.#port = port
    this.#accumulator = new Accumulator(options, port)
    this.#errors = new ErrorEvents(event => port.event(event), now)
    this.#dispatcher = new Dispatcher(this.#accumulator, options, {
      now,
      requested,
      connect: onMetadata => Link.open(context, options, onMetadata),
      outcome: (...all) => this.#outcome(...all),
      unsent: (error, message) => {
        this.#trouble = message
        this.#errors.report(error, message, 0)
      },
      late: records => port.late(records),
      settled: () => this.#settled(),
    })
    const everyMs = Math.min(250, Math.max(10, options.settings.deliveryTimeoutUs / 8000))
    this.#sweeper = setInterval(() => this.#sweep(), everyMs)
    this.#sweeper.unref()
  }

  /** @throws what kafkajs throws when it cannot connect; Error when the topic is not there within the time. */
  static async open(
    context: Context,
    options: ProducerOptions,
    port: ProducerPort,
  ): Promise<KafkajsProducer> {
    const producer = new KafkajsProducer(context, options, port)
    try {
      await producer.#dispatcher.connect()
      return producer
    } catch (error) {
      clearInterval(producer.#sweeper)
      throw error
    }
  }

  room(): boolean {
    const room = this.#accumulator.hasRoom()
    if (!room) this.#full = true
    return room
  }

  append(draft: Draft): void {
    const change = this.#accumulator.append(draft)
    const { lingerUs } = this.#options.settings
    if (typeof change === 'number') this.#tooLarge(draft, change)
    else if (change === 'closed') this.#dispatcher.pumpSoon()
    else if (change === 'opened') {
      if (this.#accumulator.hurry || lingerUs === 0) this.#dispatcher.pumpSoon()
      else this.#dispatcher.wakeIn(lingerUs)
    }
  }

  held(visit: (batch: HeldBatch) => void): void {
    this.#accumulator.held(visit)
    this.#dispatcher.held(visit)
  }
  partitions(): number {
    return this.#options.partitions
  }
  begin(): void {
    throw new Error('the kafkajs driver has no transactions: choose another driver')
  }
  end(): Promise<never> {
    return Promise.reject(new Error('the kafkajs driver has no transactions: choose another driver'))
  }

  #tooLarge(draft: Draft, size: number): void {
    const limit = this.#accumulator.largestRecord
    this.#port.outcome({
      ...this.#common({ state: 'failed', error: TOO_LARGE }),
      partition: -1,
      baseSequence: -1,
      baseOffset: -1,
      bytes: Math.max(0, draft.size),
      count: 1,
      index: Float64Array.of(draft.index),
      scheduledAt: Float64Array.of(draft.scheduledAt),
      enqueuedAt: Float64Array.of(draft.enqueuedAt),
    })
    this.#errors.report(TOO_LARGE, `a record of ${size} bytes, ${limit} at most: raise producer.batchSize`, 1)
  }

  #outcome(batch: Batch, outcome: Outcome, message: string, baseOffset: number): void {
    const { partition, baseSequence, valueBytes: bytes, count, index, scheduledAt, enqueuedAt } = batch
    const columns = { index, scheduledAt, enqueuedAt }
    this.#port.outcome({
      ...this.#common(outcome),
      ...{ partition, baseSequence, baseOffset, bytes, count, ...columns },
    })
    this.#accumulator.release(batch)
    if (outcome.error !== '') this.#errors.report(outcome.error, message, count)
  }

  #common({ state, error }: Outcome) {
    const { id, topic } = this.#options
    return { topic, state, error, wireAt: Number.NaN, ackedAt: this.#now(), producer: id, transaction: -1 }
  }

  #settled(): void {
    if (this.#full && this.#accumulator.hasRoom()) {
      this.#full = false
      this.#port.room()
    }
    if (this.#flushes.size > 0 && this.#idle) for (const done of this.#flushes) done()
  }
  get #idle(): boolean {
    return this.#accumulator.empty && this.#dispatcher.idle
  }

  #sweep(): void {
    const { deliveryTimeoutUs } = this.#options.settings
    const before = this.#now() - deliveryTimeoutUs
    const bound = `within producer.deliveryTimeout of ${deliveryTimeoutUs / 1e6} s`
    this.#dispatcher.giveUp(before, `no answer ${bound}`)
    for (const batch of this.#accumulator.takeOlder(before))
      this.#outcome(batch, NEVER_SENT, `not sent ${bound}: ${this.#trouble}`, -1)
    this.#settled()
  }

  async flush(signal: AbortSignal): Promise<void> {
    this.#accumulator.hurry = true
    this.#dispatcher.pumpSoon()
    try {
      if (!this.#idle) await this.#untilIdle(signal)
    } finally {
      this.#accumulator.hurry = false
      this.#errors.flush()
    }
  }
  async #untilIdle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    this.#flushes.add(resolve)
    try {
      await promise
    } finally {
      this.#flushes.delete(resolve)
      signal.removeEventListener('abort', stop)
    }
  }

  /** What has no outcome by now gets none: it stays in flight. */
  async close(signal: AbortSignal): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweeper)
    this.#errors.flush()
    await this.#dispatcher.close(signal)
  }
}
