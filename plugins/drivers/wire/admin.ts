/** Topics, offsets, and who the broker is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, ConfigError, type TopicInfo } from '../../../core/plugin.ts'
import { errorCodes, errorName } from '../../protocol/errors.ts'
import { listOffsets } from '../../protocol/messages/fetch.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { createTopics, deleteTopics, describeConfigs } from '../../protocol/messages/topics.ts'
import type { ResponseOf } from '../../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError } from './failure.ts'
import type { Link } from './link.ts'

const AGAIN_MS = 50
const TOPIC = 2
const FROM_START = -2
const FROM_END = -1
/** Asked as one of those who read committed records only, a broker says that the log ends at the last stable offset. */
const isolation = { start: 0, end: 0, stable: 1 } as const

const e = errorCodes
/** Another leader will answer, or the same one soon. */
const NOT_YET = new Set<number>([
  e.UNKNOWN_TOPIC_OR_PARTITION,
  e.LEADER_NOT_AVAILABLE,
  e.NOT_LEADER_OR_FOLLOWER,
  e.REPLICA_NOT_AVAILABLE,
  e.KAFKA_STORAGE_ERROR,
  e.FENCED_LEADER_EPOCH,
  e.UNKNOWN_LEADER_EPOCH,
  e.OFFSET_NOT_AVAILABLE,
])

interface CreateOptions {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

type TopicAnswer = ResponseOf<typeof metadata>['topics'][number]

export class WireAdmin implements Admin {
  readonly #cluster: Cluster
  readonly #timeoutUs: number

  private constructor(cluster: Cluster, timeoutUs: number) {
    this.#cluster = cluster
    this.#timeoutUs = timeoutUs
  }

  /** @throws NoBrokerError; LinkError when a broker cannot be reached at the address it advertises. */
  static async open(cluster: Cluster, timeoutUs: number): Promise<WireAdmin> {
    const admin = new WireAdmin(cluster, timeoutUs)
    await cluster.refresh([])
    await admin.#controller()
    return admin
  }

  #controller(): Promise<Link> {
    const { controller, nodes } = this.#cluster
    return this.#cluster.link(controller >= 0 ? controller : (nodes[0] ?? controller), 'admin')
  }

  #refused(code: number, what: string, detail?: string | null, operation?: string): unknown {
    return this.#cluster.explain(new BrokerError(code, what, detail, operation))
  }

  async describe(topic: string): Promise<TopicInfo | undefined> {
    const found = await this.#topic(topic)
    if (found === undefined) return undefined
    return { id: found.topicId, partitions: found.partitions.length, configs: await this.#configs(topic) }
  }

  async #configs(topic: string): Promise<Readonly<Record<string, string>>> {
    const resources = [{ resourceType: TOPIC, resourceName: topic, configurationKeys: null }]
    const { results } = await (await this.#cluster.any()).call(describeConfigs, { resources })
    const [result] = results
    if (result !== undefined && result.errorCode !== 0)
      throw this.#refused(
        result.errorCode,
        `the configuration of topic ${topic}`,
        result.errorMessage,
        'DescribeConfigs',
      )
    return Object.fromEntries((result?.configs ?? []).map(each => [each.name, each.value ?? '']))
  }

  /** undefined: there is no such topic. */
  async #topic(name: string): Promise<TopicAnswer | undefined> {
    const link = await this.#cluster.any()
    const { topics } = await link.call(metadata, { topics: [{ name }], allowAutoTopicCreation: false }, 12)
    const found = topics.find(each => each.name === name)
    if (found === undefined || found.errorCode === e.UNKNOWN_TOPIC_OR_PARTITION) return undefined
    if (found.errorCode !== 0 && found.errorCode !== e.LEADER_NOT_AVAILABLE)
      throw this.#refused(found.errorCode, `topic ${name}`)
    return found
  }

  /**
   * Resolves when every partition has a leader that serves it: brokers show leaders some time before.
   * @throws ConfigError when the broker does not accept what was asked for.
   */
  async create(topic: string, options: CreateOptions): Promise<void> {
    const { partitions, replicationFactor, configs } = options
    const asked = {
      name: topic,
      numPartitions: partitions,
      replicationFactor,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }
    const { topics } = await this.#atController(
      link => link.call(createTopics, { topics: [asked], timeoutMs: Math.ceil(this.#timeoutUs / 1000) }),
      answer => answer.topics[0]?.errorCode,
    )
    const { errorCode = 0, errorMessage = null } = topics[0] ?? {}
    if (errorCode === e.TOPIC_ALREADY_EXISTS) throw new Error(`topic ${topic} is there already`)
    if (errorCode !== 0) throw this.#cluster.explain(refusal(topic, options, errorCode, errorMessage))
    await this.#until(`topic ${topic} has leaders`, async () => {
      const leaders = (await this.#topic(topic))?.partitions ?? []
      return leaders.length === partitions && leaders.every(({ leaderId }) => leaderId >= 0)
    })
    await this.offsets(topic, 'end')
  }

  /** Resolves when the topic is gone; one that is not there is. */
  async delete(topic: string): Promise<void> {
    if ((await this.#topic(topic)) === undefined) return
    const timeoutMs = Math.ceil(this.#timeoutUs / 1000)
    const { responses } = await this.#atController(
      link => link.call(deleteTopics, { topics: [{ name: topic }], topicNames: [topic], timeoutMs }),
      answer => answer.responses[0]?.errorCode,
    )
    const { errorCode = 0, errorMessage = null } = responses[0] ?? {}
    if (errorCode !== 0 && errorCode !== e.UNKNOWN_TOPIC_OR_PARTITION)
      throw this.#refused(errorCode, `topic ${topic} was not deleted`, errorMessage, 'Delete')
    await this.#until(`topic ${topic} is gone`, async () => (await this.#topic(topic)) === undefined)
  }

  /** Asks the controller, and the new one when it is somebody else by now. */
  async #atController<T>(
    ask: (link: Link) => Promise<T>,
    code: (answer: T) => number | undefined,
  ): Promise<T> {
    const end = performance.now() + this.#timeoutUs / 1000
    for (;;) {
      const answer = await ask(await this.#controller())
      if (code(answer) !== e.NOT_CONTROLLER || performance.now() > end) return answer
      await this.#cluster.refresh([])
    }
  }

  async offsets(topic: string, at: 'start' | 'end' | 'stable'): Promise<readonly number[]> {
    const end = performance.now() + this.#timeoutUs / 1000
    for (;;) {
      const found = await this.#topic(topic)
      const partitions = found?.partitions ?? []
      let missing = found === undefined ? 'not been found' : 'a partition without leader'
      if (partitions.length > 0 && partitions.every(each => each.leaderId >= 0)) {
        const offsets = await this.#offsets(topic, partitions, at)
        if (offsets !== undefined) return offsets
        missing = 'a partition whose leader does not serve it'
      }
      if (performance.now() > end)
        throw new Error(`topic ${topic} has ${missing} for ${this.#timeoutUs / 1e6} s`)
      await sleep(AGAIN_MS)
    }
  }

  /** undefined: it may go better soon, or with another leader. */
  async #offsets(
    topic: string,
    partitions: TopicAnswer['partitions'],
    at: 'start' | 'end' | 'stable',
  ): Promise<readonly number[] | undefined> {
    const timestamp = at === 'start' ? FROM_START : FROM_END
    const ask = async (leader: number) => {
      const led = partitions.filter(each => each.leaderId === leader)
      const { topics } = await (await this.#leader(leader)).call(listOffsets, {
        replicaId: -1,
        isolationLevel: isolation[at],
        topics: [
          { name: topic, partitions: led.map(({ partitionIndex }) => ({ partitionIndex, timestamp })) },
        ],
      })
      return topics[0]?.partitions ?? []
    }
    const leaders = [...new Set(partitions.map(each => each.leaderId))]
    const offsets: number[] = []
    for (const { errorCode, partitionIndex, offset } of (await Promise.all(leaders.map(ask))).flat()) {
      if (NOT_YET.has(errorCode)) return undefined
      if (errorCode !== 0)
        throw this.#refused(errorCode, `offsets of topic ${topic}, partition ${partitionIndex}`)
      offsets[partitionIndex] = Number(offset)
    }
    return offsets
  }
  async #leader(node: number): Promise<Link> {
    if (!this.#cluster.nodes.includes(node)) await this.#cluster.refresh([])
    return this.#cluster.link(node, 'admin')
  }

  async broker(): Promise<string> {
    const link = await this.#cluster.any()
    const { brokers, clusterId } = await link.call(metadata, { topics: [] }, 12)
    return `${link.software}, ${brokers.length} broker${brokers.length === 1 ? '' : 's'}, cluster ${clusterId}`
  }

  /** Its connections are the driver's. */
  async close(): Promise<void> {}

  async #until(what: string, there: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + this.#timeoutUs / 1000
    while (!(await there())) {
      if (performance.now() > end) throw new Error(`not within ${this.#timeoutUs / 1e6} s: ${what}`)
      await sleep(AGAIN_MS)
    }
  }
}

function refusal(topic: string, options: CreateOptions, code: number, message: string | null): Error {
  const { partitions, replicationFactor, configs } = options
  const paths: Readonly<Record<number, readonly [path: string, value: unknown, expected: string]>> = {
    [e.INVALID_TOPIC_EXCEPTION]: [
      'topic.name',
      topic,
      'a name of at most 249 letters, digits, dots, dashes and underscores',
    ],
    [e.INVALID_PARTITIONS]: [
      'topic.partitions',
      partitions,
      'a number of partitions that the broker accepts',
    ],
    [e.INVALID_REPLICATION_FACTOR]: [
      'topic.replicationFactor',
      replicationFactor,
      'at most the number of brokers',
    ],
    [e.INVALID_CONFIG]: ['topic.configs', configs, 'names and values that the broker accepts'],
    [e.POLICY_VIOLATION]: ['topic', { name: topic, ...options }, "a topic that the broker's policy allows"],
  }
  const fault = paths[code]
  const error = new BrokerError(code, `topic ${topic} was not made`, message, 'Create')
  if (fault === undefined) return error
  const [path, value, expected] = fault
  const detail = message === null ? '' : ` (${message})`
  return new ConfigError(
    [{ path, value, expected, hint: `the broker refused to make the topic: ${errorName(code)}${detail}` }],
    error,
  )
}
