/** The port, by way of kafkajs. */
import type {
  Admin,
  Consumer,
  ConsumerOptions,
  Driver,
  Producer,
  ProducerOptions,
  ProducerPort,
  Security,
} from '../../../core/plugin.ts'
import { KafkajsAdmin } from './admin.ts'
import { loadKafkajs } from './client.ts'
import { connectError, findBroker } from './connect.ts'
import { KafkajsConsumer } from './consumer.ts'
import { type Context, KafkajsProducer } from './producer.ts'
import { readSecurity } from './security.ts'
import { checkConsumer, checkProducer } from './settings.ts'

export class KafkajsDriver implements Driver {
  readonly name = 'kafkajs'
  readonly can = { wireTime: false, transactions: false, consumerProtocol: false }
  readonly #brokers: readonly string[]
  readonly #now: () => number
  readonly #timeoutUs: number
  readonly #requested: Context['requested']
  readonly #security: Security
  readonly #producers = new Set<KafkajsProducer>()
  readonly #consumers = new Set<KafkajsConsumer>()
  readonly #admins = new Set<KafkajsAdmin>()
  #closed = false
  #opened: Promise<{ readonly context: Context; readonly software: string }> | undefined

  /**
   * @param now µs since t0.
   * @param timeoutUs of every operation of the admin.
   */
  constructor(
    brokers: readonly string[],
    now: () => number,
    timeoutUs: number,
    requested: Context['requested'] = () => undefined,
    security: Security = {},
  ) {
    this.#security = security
    this.#requested = requested
    this.#brokers = brokers
    this.#now = now
    this.#timeoutUs = timeoutUs
  }

  /** @throws ConfigError for what kafkajs cannot do; ConnectError. */
  async producer(options: ProducerOptions, to: ProducerPort): Promise<Producer> {
    checkProducer(options)
    const producer = await this.#connected(({ context }) => KafkajsProducer.open(context, options, to))
    this.#producers.add(producer)
    if (this.#closed) await this.close(AbortSignal.abort())
    return producer
  }

  /** @throws ConfigError for what kafkajs cannot do; ConnectError. */
  async consumer(options: ConsumerOptions): Promise<Consumer> {
    checkConsumer(options)
    const consumer = await this.#connected(async ({ context }) => new KafkajsConsumer(context, options))
    this.#consumers.add(consumer)
    return consumer
  }

  /** @throws ConnectError */
  async admin(): Promise<Admin> {
    const admin = await this.#connected(({ context, software }) => KafkajsAdmin.open(context, software))
    this.#admins.add(admin)
    if (this.#closed) await this.close(AbortSignal.abort())
    return admin
  }

  async #connected<T>(fn: (opened: { context: Context; software: string }) => Promise<T>): Promise<T> {
    this.#opened ??= this.#open()
    try {
      return await fn(await this.#opened)
    } catch (error) {
      throw connectError(error, this.#brokers, this.#security)
    }
  }
  async #open() {
    const security = await readSecurity(this.#security, this.#brokers)
    const [kafkajs, { address, software }] = await Promise.all([
      loadKafkajs(),
      findBroker(this.#brokers, this.#security),
    ])
    // the one that answered comes first: kafkajs tries one after the other, 5 s each
    const brokers = [address, ...this.#brokers.filter(each => each !== address)]
    const context = {
      kafkajs,
      brokers,
      security,
      now: this.#now,
      timeoutUs: this.#timeoutUs,
      requested: this.#requested,
      explain: (error: unknown, operation?: string) =>
        connectError(error, this.#brokers, this.#security, operation),
    }
    return { context, software }
  }

  /** Ends what its users have not closed, also what is still connecting. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true
    for (const consumer of this.#consumers) consumer.kill()
    await Promise.all([
      ...[...this.#producers].map(producer => producer.close(signal)),
      ...[...this.#admins].map(admin => admin.close()),
    ])
  }
}
