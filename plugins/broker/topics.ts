import { randomBytes } from 'node:crypto'
import { errorCodes } from '../protocol/errors.ts'
import { Leadership } from './leadership.ts'
import type { LogMemory } from './log/memory.ts'
import { type AppendRules, Partition } from './log/partition.ts'
import { ProducerCount } from './log/producer-state.ts'
import type { Nodes } from './nodes.ts'
import { RefusedError } from './refused.ts'
import { checkTopicConfig, topicConfigKeys } from './topic-config.ts'

/** Most partitions of one topic, and of all topics together. */
export const MAX_PARTITIONS = 10_000

/** A topic: partitions, the configurations that were given, and the rules made of them. */
export class Topic {
  readonly name: string
  /** UUID in Kafka's notation: 22 characters of base64url. */
  readonly id: string
  readonly partitions: Partition[] = []
  readonly configs: ReadonlyMap<string, string>
  readonly rules: AppendRules

  constructor(name: string, configs: ReadonlyMap<string, string>) {
    this.name = name
    this.id = randomBytes(16).toString('base64url')
    this.configs = configs
    this.rules = {
      maxMessageBytes: Number(this.config('max.message.bytes')),
      minInsyncReplicas: Number(this.config('min.insync.replicas')),
      logAppendTime: this.config('message.timestamp.type') === 'LogAppendTime',
      timestampAfterMaxMs: Number(this.config('message.timestamp.after.max.ms')),
    }
  }

  config(key: string): string {
    return this.configs.get(key) ?? topicConfigKeys[key]?.fallback ?? ''
  }
}

/** Kafka's rule for topic names: 1–249 of letters, digits, `.`, `_` and `-`, neither `.` nor `..`. */
function checkName(name: string): void {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..') return
  throw new RefusedError(errorCodes.INVALID_TOPIC_EXCEPTION, `"${name.slice(0, 300)}" is not a topic name`)
}

/** Brokers that have a partition, the preferred leader first. */
export type Replicas = readonly number[]
/** How many partitions on how many brokers each, or which ones. */
export type Placement = { readonly partitions: number; readonly factor: number } | readonly Replicas[]

/** All topics of the cluster, by name and by id. */
export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #memory: LogMemory
  readonly #nodes: Nodes
  /** Partitions ever made: where the next topic's leaders start. */
  #placed = 0
  readonly #producers = new ProducerCount()
  #partitions = 0

  constructor(memory: LogMemory, nodes: Nodes) {
    this.#memory = memory
    this.#nodes = nodes
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values()
  }

  /**
   * Creates a topic, or with `validateOnly` only says whether it could be.
   * @throws RefusedError with the error code of what is wrong.
   */
  create(
    name: string,
    wanted: Placement,
    configs: Iterable<{ readonly name: string; readonly value: string | null }> = [],
    validateOnly = false,
  ): Topic {
    checkName(name)
    if (this.#byName.has(name)) {
      throw new RefusedError(errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
    }
    const replicas = this.#place(wanted)
    const given = new Map<string, string>()
    for (const config of configs) given.set(config.name, checkTopicConfig(config.name, config.value))
    const topic = new Topic(name, given)
    if (validateOnly) return topic
    this.#byName.set(name, topic)
    this.#byId.set(topic.id, topic)
    this.#extend(topic, replicas)
    return topic
  }

  /**
   * Adds partitions up to `count`.
   * @param replicas of the new ones; undefined places them like the others.
   * @throws RefusedError when `count` is not above what there is.
   */
  grow(topic: Topic, count: number, replicas: readonly Replicas[] | undefined, validateOnly: boolean): void {
    const now = topic.partitions.length
    if (count <= now) {
      const message = `Topic '${topic.name}' has ${now} partitions already.`
      throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
    }
    if (replicas !== undefined && replicas.length !== count - now) {
      const message = `${replicas.length} assignments for ${count - now} new partitions`
      throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
    }
    const factor = topic.partitions[0]!.leadership.replicas.length
    const added = this.#place(replicas ?? { partitions: count - now, factor })
    if (!validateOnly) this.#extend(topic, added)
  }

  /** The replicas of each partition, judged. */
  #place(wanted: Placement): readonly Replicas[] {
    const count = 'factor' in wanted ? wanted.partitions : wanted.length
    if (count < 1) throw new RefusedError(errorCodes.INVALID_PARTITIONS, `${count} partitions`)
    if (this.#partitions + count > MAX_PARTITIONS) {
      const message = `the broker holds at most ${MAX_PARTITIONS} partitions in all topics together`
      throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
    }
    const brokers = this.#nodes.all.length
    if ('factor' in wanted) {
      const { factor } = wanted
      if (factor >= 1 && factor <= brokers) {
        return Array.from({ length: count }, (_, n) => this.#nodes.replicasFor(this.#placed + n, factor))
      }
      const message = `Replication factor ${factor} on a cluster of ${brokers} ${brokers === 1 ? 'broker' : 'brokers'}.`
      throw new RefusedError(errorCodes.INVALID_REPLICATION_FACTOR, message)
    }
    for (const replicas of wanted) {
      const known = replicas.every(id => this.#nodes.get(id) !== undefined)
      if (replicas.length > 0 && known && new Set(replicas).size === replicas.length) continue
      const message = `replicas ${replicas.join(', ')}: different ones of the brokers 1 to ${brokers} are needed`
      throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
    }
    return wanted
  }

  #extend(topic: Topic, added: readonly Replicas[]): void {
    this.#partitions += added.length
    this.#placed += added.length
    for (const replicas of added) {
      const leadership = new Leadership(replicas, this.#nodes)
      const index = topic.partitions.length
      topic.partitions.push(new Partition(index, leadership, this.#memory, this.#producers))
    }
  }

  /** Every partition of every topic. */
  *partitions(): IterableIterator<Partition> {
    for (const { partitions } of this.#byName.values()) yield* partitions
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#partitions -= topic.partitions.length
    for (const partition of topic.partitions) partition.delete()
  }
}
