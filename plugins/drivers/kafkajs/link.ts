/** One kafkajs producer and its sockets. */
import type { Message, PartitionMetadata, Producer, RecordMetadata } from 'kafkajs'
import type { ProducerOptions } from '../../../core/plugin.ts'
import type { Batch, OutgoingMessage } from './batch.ts'
import { type Origin, openKafka, RETRY } from './client.ts'
import { compressionType } from './codecs.ts'
import { Sockets } from './sockets.ts'
import { untilKnown } from './topic.ts'

/** Called with what kafkajs knows of the topic before each attempt to send. */
export type OnMetadata = (partitions: readonly PartitionMetadata[]) => void
type Groups = Record<number, readonly OutgoingMessage[]>

export class Link {
  readonly #producer: Producer
  readonly #options: ProducerOptions
  readonly #compression: number
  readonly #sockets = new Sockets()
  readonly #timeout: number

  private constructor(origin: Origin, options: ProducerOptions, onMetadata: OnMetadata) {
    const { idempotent, compression, deliveryTimeoutUs } = options.settings
    this.#options = options
    // how long the broker waits for replicas; kafkajs itself may wait longer, so that a late answer is seen to be late
    this.#timeout = Math.max(1, Math.ceil(Math.min(options.timeoutUs, deliveryTimeoutUs) / 1000))
    this.#compression = compressionType(origin.kafkajs, compression)
    this.#producer = openKafka(origin, this.#sockets, options.timeoutUs).producer({
      idempotent,
      allowAutoTopicCreation: false,
      // loaded anew after an error only: requests that wait for metadata overtake each other
      metadataMaxAge: 86_400_000,
      retry: idempotent
        ? { ...RETRY, retries: Math.max(1, Math.ceil(deliveryTimeoutUs / 1e6)) }
        : { retries: 0 },
      createPartitioner: () => args => {
        onMetadata(args.partitionMetadata)
        return -1
      },
    })
  }

  /**
   * Connects, with a producer id where it needs one, and loads the topic's metadata.
   * @throws what kafkajs throws.
   */
  static async open(origin: Origin, options: ProducerOptions, onMetadata: OnMetadata): Promise<Link> {
    const link = new Link(origin, options, onMetadata)
    try {
      await link.#producer.connect()
      await untilKnown(options.topic, options.timeoutUs, () => link.#send(() => ({})))
      return link
    } catch (error) {
      link.end()
      throw error
    }
  }

  /** With acks=0 resolves when the bytes were handed to the operating system: kafkajs itself waits for nothing. */
  async send(batches: readonly Batch[], request: { attempts: number }): Promise<RecordMetadata[]> {
    const groups: Groups = {}
    for (const batch of batches) groups[batch.partition] = batch.watchedMessages()
    const answer = await this.#send(() => {
      request.attempts++
      return groups
    })
    if (this.#options.settings.acks === 0) await this.#sockets.drained()
    return answer
  }

  /** @param attempt called for each attempt: the messages of each partition. */
  #send(attempt: () => Groups): Promise<RecordMetadata[]> {
    const { topic, settings } = this.#options
    // kafkajs looks for a message without a value, then groups them by partition, copying the group for each message: with
    // 10,000 in a batch that is most of its time. Ours are grouped already; one that goes nowhere shows us the metadata.
    const messages = {
      find: () => undefined,
      reduce: (group: (none: object, message: Message) => unknown) => {
        group({}, { value: null })
        return attempt()
      },
    } as unknown as Message[]
    return this.#producer.sendBatch({
      acks: settings.acks,
      timeout: this.#timeout,
      compression: this.#compression,
      topicMessages: [{ topic, messages }],
    })
  }

  /** Hangs up once nothing is under way, or when the signal says so. */
  async close(signal: AbortSignal): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (!signal.aborted) await Promise.race([this.#producer.disconnect().catch(() => undefined), aborted])
    this.end()
  }
  end(): void {
    this.#sockets.end()
  }
}
