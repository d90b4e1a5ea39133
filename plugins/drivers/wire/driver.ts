/** The port, over connections of its own. */
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
import { WireAdmin } from './admin.ts'
import { Cluster } from './cluster.ts'
import { WireConsumer } from './consumer/consumer.ts'
import { connectError } from './failure.ts'
import { type Meters, WireProducer } from './producer/producer.ts'
import { asMeant, checkConsumer, checkProducer, loadCompression } from './settings.ts'

const UNCOUNTED: Meters = { requested: () => undefined, throttled: () => undefined }

export class WireDriver implements Driver {
  readonly name = 'wire'
  readonly can = { wireTime: true, transactions: true, consumerProtocol: true }
  readonly #brokers: readonly string[]
  readonly #now: () => number
  readonly #timeoutUs: number
  readonly #meters: Meters
  readonly #security: Security
  readonly #producers = new Set<WireProducer>()
  readonly #consumers = new Set<Consumer>()
  #cluster: Cluster | undefined
  #closed = false

  /**
   * @param now µs since t0.
   * @param timeoutUs of every request.
   * @param security TLS and SASL; none: plain text, without authentication.
   */
  constructor(
    brokers: readonly string[],
    now: () => number,
    timeoutUs: number,
    meters = UNCOUNTED,
    security: Security = {},
  ) {
    this.#security = security
    this.#brokers = brokers
    this.#now = now
    this.#timeoutUs = timeoutUs
    this.#meters = meters
  }

  /** @throws ConfigError for what it cannot do; ConnectError. */
  async producer(options: ProducerOptions, to: ProducerPort): Promise<Producer> {
    checkProducer(options)
    await loadCompression(options.settings)
    const producer = await this.#connected(cluster => {
      const context = { cluster, now: this.#now, meters: this.#meters }
      return WireProducer.open(context, asMeant(options), to)
    })
    this.#producers.add(producer)
    if (this.#closed) await this.close()
    return producer
  }

  /** @throws ConfigError for what it cannot do; ConnectError. */
  async consumer(options: ConsumerOptions): Promise<Consumer> {
    checkConsumer(options)
    const consumer = await this.#connected(cluster => WireConsumer.open(cluster, options, this.#now))
    this.#consumers.add(consumer)
    if (this.#closed) await this.close()
    return consumer
  }

  /** @throws ConnectError */
  async admin(): Promise<Admin> {
    return this.#connected(cluster => WireAdmin.open(cluster, this.#timeoutUs))
  }

  async #connected<T>(open: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      this.#cluster ??= new Cluster(this.#brokers, {
        timeoutMs: this.#timeoutUs / 1000,
        security: this.#security,
      })
      return await open(this.#cluster)
    } catch (error) {
      throw connectError(error, this.#brokers, this.#security)
    }
  }

  /** Ends what its users have not closed, also what is still connecting. */
  async close(): Promise<void> {
    this.#closed = true
    for (const consumer of this.#consumers) consumer.kill()
    await Promise.all([...this.#producers].map(producer => producer.close()))
    this.#cluster?.close()
  }
}
