/** Topics, offsets, and who the broker is. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin as KafkaAdmin } from 'kafkajs'
import { type Admin, ConfigError, type TopicInfo } from '../../../core/plugin.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { clusterOf } from './assigner.ts'
import { openKafka } from './client.ts'
import { codeOf } from './outcome.ts'
import type { Context } from './producer.ts'
import { Sockets } from './sockets.ts'
import { isUnknownTopic, untilKnown } from './topic.ts'

const AGAIN_MS = 50

interface CreateOptions {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

export class KafkajsAdmin implements Admin {
  readonly #context: Context
  readonly #software: string
  readonly #sockets = new Sockets()
  readonly #admin: KafkaAdmin

  private constructor(context: Context, software: string) {
    this.#context = context
    this.#software = software
    this.#admin = openKafka(context, this.#sockets, context.timeoutUs).admin()
  }

  /**
   * @param software what the broker said it is.
   * @throws what kafkajs throws when a broker cannot be reached at the address it advertises.
   */
  static async open(context: Context, software: string): Promise<KafkajsAdmin> {
    const admin = new KafkajsAdmin(context, software)
    try {
      await admin.#admin.connect()
      await admin.#admin.describeCluster()
      return admin
    } catch (error) {
      admin.#sockets.end()
      throw error
    }
  }

  /** `id` is empty: kafkajs asks in a version of the protocol that has no topic ids. */
  async describe(topic: string): Promise<TopicInfo | undefined> {
    const partitions = await this.#leaders(topic)
    if (partitions === undefined) return undefined
    const { ConfigResourceTypes } = this.#context.kafkajs
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    })
    const entries = resources[0]?.configEntries ?? []
    const configs = Object.fromEntries(entries.map(each => [each.configName, each.configValue]))
    return { id: '', partitions: partitions.length, configs }
  }

  /** Leader of each partition; undefined: there is no such topic. */
  async #leaders(topic: string): Promise<readonly number[] | undefined> {
    try {
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] })
      return topics.find(each => each.name === topic)?.partitions.map(each => each.leader)
    } catch (error) {
      if (isUnknownTopic(error)) return undefined
      throw error
    }
  }

  /**
   * Resolves when every partition has a leader that serves it: brokers show leaders some time before.
   * @throws ConfigError when the broker does not accept what was asked for.
   */
  async create(topic: string, options: CreateOptions): Promise<void> {
    const { partitions, replicationFactor, configs } = options
    let made: boolean
    try {
      made = await this.#admin.createTopics({
        waitForLeaders: false,
        timeout: Math.ceil(this.#context.timeoutUs / 1000),
        topics: [
          {
            topic,
            numPartitions: partitions,
            replicationFactor,
            configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
          },
        ],
      })
    } catch (error) {
      throw this.#context.explain(refusal(topic, options, error), 'Create')
    }
    if (!made) throw new Error(`topic ${topic} is there already`)
    await this.#until(`topic ${topic} has leaders`, async () => {
      const leaders = (await this.#leaders(topic)) ?? []
      return leaders.length === partitions && leaders.every(leader => leader >= 0)
    })
    await this.offsets(topic, 'end')
  }

  /** Resolves when the topic is gone; one that is not there is. */
  async delete(topic: string): Promise<void> {
    if ((await this.#leaders(topic)) === undefined) return
    await this.#admin.deleteTopics({ topics: [topic], timeout: Math.ceil(this.#context.timeoutUs / 1000) })
    await this.#until(`topic ${topic} is gone`, () => this.#isGone(topic))
  }

  async #isGone(topic: string): Promise<boolean> {
    try {
      return (await this.#leaders(topic)) === undefined
    } catch (error) {
      // while it remembers the topic, it hides that brokers know it no more, and stumbles over having no answer
      if (error instanceof TypeError) return true
      throw error
    }
  }

  /** Asked on a connection of its own: kafkajs's metadata of a topic outlives the topic, and spoils that of all others. */
  async offsets(topic: string, at: 'start' | 'end' | 'stable'): Promise<readonly number[]> {
    const { kafkajs, timeoutUs } = this.#context
    const sockets = new Sockets()
    // what is committed ends at the last stable offset
    const cluster = clusterOf(kafkajs, openKafka(this.#context, sockets, timeoutUs), at !== 'stable')
    try {
      await cluster.connect()
      await untilKnown(topic, timeoutUs, () => cluster.addTargetTopic(topic))
      const [found] = await untilKnown(topic, timeoutUs, async () => {
        await cluster.refreshMetadata()
        const metadata = cluster.findTopicPartitionMetadata(topic)
        const partitions = metadata.map(({ partitionId }) => ({ partition: partitionId }))
        return cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: at === 'start' }])
      })
      const offsets: number[] = []
      for (const { partition, offset } of found?.partitions ?? []) offsets[partition] = Number(offset)
      return offsets
    } finally {
      await cluster.disconnect().catch(() => undefined)
      sockets.end()
    }
  }

  async broker(): Promise<string> {
    const { brokers, clusterId } = await this.#admin.describeCluster()
    return `${this.#software}, ${brokers.length} broker${brokers.length === 1 ? '' : 's'}, cluster ${clusterId}`
  }

  async close(): Promise<void> {
    // the sockets first: kafkajs would wait for answers that nobody wants any more
    this.#sockets.end()
    await this.#admin.disconnect().catch(() => undefined)
  }

  async #until(what: string, there: () => Promise<boolean>): Promise<void> {
    const { timeoutUs } = this.#context
    const end = performance.now() + timeoutUs / 1000
    while (!(await there())) {
      if (performance.now() > end) throw new Error(`not within ${timeoutUs / 1e6} s: ${what}`)
      await sleep(AGAIN_MS)
    }
  }
}

/** kafkajs throws the refusals of all topics together, and its own text in place of the broker's. */
function refusal(topic: string, options: CreateOptions, error: unknown): unknown {
  const [first] = (error as { errors?: readonly { type?: string; message: string }[] }).errors ?? []
  if (first === undefined) return error
  const { partitions, replicationFactor, configs } = options
  const paths: Readonly<Record<string, readonly [path: string, value: unknown, expected: string]>> = {
    INVALID_TOPIC_EXCEPTION: [
      'topic.name',
      topic,
      'a name of at most 249 letters, digits, dots, dashes and underscores',
    ],
    INVALID_PARTITIONS: ['topic.partitions', partitions, 'a number of partitions that the broker accepts'],
    INVALID_REPLICATION_FACTOR: [
      'topic.replicationFactor',
      replicationFactor,
      'at most the number of brokers',
    ],
    INVALID_CONFIG: ['topic.configs', configs, 'names and values that the broker accepts'],
    POLICY_VIOLATION: ['topic', { name: topic, ...options }, "a topic that the broker's policy allows"],
  }
  const fault = paths[first.type ?? '']
  if (fault === undefined)
    return codeOf(first) === errorCodes.TOPIC_AUTHORIZATION_FAILED
      ? first
      : new Error(`topic ${topic} was not made: ${first.type ?? first.message}`, { cause: error })
  const [path, value, expected] = fault
  return new ConfigError(
    [{ path, value, expected, hint: `the broker refused to make the topic: ${first.type}` }],
    error,
  )
}
