import { randomBytes } from 'node:crypto'
import { errorCodes } from '../protocol/errors.ts'
import { Leadership } from './leadership.ts'
import type { LogMemory } from './log/memory.ts'
import { type AppendRules, Partition } from './log/partition.ts'
import { RememberedProducers } from './log/producer-state.ts'
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
  #configs: ReadonlyMap<string, string>
  #rules: AppendRules

  constructor(name: string, configs: ReadonlyMap<string, string>) {
    this.name = name
    this.id = randomBytes(16).toString('base64url')
    this.#configs = configs
    this.#rules = this.#rulesOf()
  }

  /** Configurations that were given. */
  get configs(): ReadonlyMap<string, string> {
    return this.#configs
  }

  get rules(): AppendRules {
    return this.#rules
  }

  /** Takes other configurations from now on: all that are given. */
  reconfigure(configs: ReadonlyMap<string, string>): void {
    this.#configs = configs
    this.#rules = this.#rulesOf()
  }

  #rulesOf(): AppendRules {
    const number = (key: string) => Number(this.config(key))
    return {
      maxMessageBytes: number('max.message.bytes'),
      minInsyncReplicas: number('min.insync.replicas'),
      logAppendTime: this.config('message.timestamp.type') === 'LogAppendTime',
      timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
      timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
      retentionBytes: this.deletes ? number('retention.bytes') : -1,
      retentionMs: this.deletes ? number('retention.ms') : -1,
    }
  }

  /** Whether records may be deleted, by age, size or request: not where they are only compacted. */
  get deletes(): boolean {
    return this.config('cleanup.policy').includes('delete')
  }

  config(key: string): string {
    return this.configs.get(key) ?? topicConfigKeys[key]?.fallback ?? ''
  }
}

const MAX_NAME_LENGTH = 249

/**
 * Kafka's rule for topic names: 1–249 of letters, digits, `.`, `_` and `-`, neither `.` nor `..`.
 * @throws RefusedError INVALID_TOPIC_EXCEPTION for any other.
 */
export function checkTopicName(name: string): void {
  const fault = faultOf(name)
  if (fault === undefined) return
  throw new RefusedError(errorCodes.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${fault}`)
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  const shown = name.slice(0, 300)
  if (name.length > MAX_NAME_LENGTH) {
    return `the length of '${shown}' is longer than the max allowed length ${MAX_NAME_LENGTH}`
  }
  if (/^[A-Za-z0-9._-]+$/.test(name)) return undefined
  return `'${shown}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
}

/** Names with the same one collide in the names of Kafka's metrics. */
const collisionKey = (name: string) => name.replaceAll('.', '_')

/** Brokers that have a partition, the preferred leader first. */
export type Replicas = readonly number[]
/** How many partitions on how many brokers each, or which ones. */
export type Placement = { readonly partitions: number; readonly factor: number } | readonly Replicas[]

/** All topics of the cluster, by name and by id. */
export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #byCollision = new Map<string, string>()
  readonly #memory: LogMemory
  readonly #nodes: Nodes
  /** Partitions ever made: where the next topic's leaders start. */
  #placed = 0
  readonly #producers = new RememberedProducers()
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
    checkTopicName(name)
    if (this.#byName.has(name)) {
      throw new RefusedError(errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
    }
    const colliding = this.#byCollision.get(collisionKey(name))
    if (colliding !== undefined) {
      const message = `Topic '${name}' collides with existing topic: ${colliding}`
      throw new RefusedError(errorCodes.INVALID_TOPIC_EXCEPTION, message)
    }
    const given = new Map<string, string>()
    for (const config of configs) given.set(config.name, checkTopicConfig(config.name, config.value))
    const replicas = this.#place(wanted)
    const topic = new Topic(name, given)
    if (validateOnly) return topic
    this.#byName.set(name, topic)
    this.#byId.set(topic.id, topic)
    this.#byCollision.set(collisionKey(name), name)
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
      const message =
        count === now
          ? `Topic already has ${now} partition(s).`
          : `The topic ${topic.name} currently has ${now} partition(s); ${count} would not be an increase.`
      throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
    }
    const more = count - now
    if (replicas !== undefined && replicas.length !== more) {
      const message = `Attempted to add ${more} additional partition(s), but only ${replicas.length} assignment(s) were specified.`
      throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
    }
    const factor = topic.partitions[0]!.leadership.replicas.length
    const added = this.#place(replicas ?? { partitions: more, factor }, factor)
    if (!validateOnly) this.#extend(topic, added)
  }

  /** The replicas of each partition, judged; `factor` is how many the partitions before them have. */
  #place(wanted: Placement, factor?: number): readonly Replicas[] {
    if ('factor' in wanted && wanted.factor < 1) {
      const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
      throw new RefusedError(errorCodes.INVALID_REPLICATION_FACTOR, message)
    }
    const count = 'factor' in wanted ? wanted.partitions : wanted.length
    if (count < 1) {
      const message = 'Number of partitions was set to an invalid non-positive value.'
      throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
    }
    if (this.#partitions + count > MAX_PARTITIONS) {
      const message = `the broker holds at most ${MAX_PARTITIONS} partitions in all topics together`
      throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
    }
    if ('factor' in wanted) return this.#spread(count, wanted.factor)
    for (const replicas of wanted) this.#checkReplicas(replicas, factor ?? wanted[0]!.length)
    return wanted
  }

  #spread(count: number, factor: number): readonly Replicas[] {
    const brokers = this.#nodes.all.length
    if (factor > brokers) {
      const reason = `The target replication factor of ${factor} cannot be reached because only ${brokers} broker(s) are registered.`
      const message = `Unable to replicate the partition ${factor} time(s): ${reason}`
      throw new RefusedError(errorCodes.INVALID_REPLICATION_FACTOR, message)
    }
    return Array.from({ length: count }, (_, n) => this.#nodes.replicasFor(this.#placed + n, factor))
  }

  /** Judges the brokers that a client has chosen for a partition. */
  #checkReplicas(replicas: Replicas, factor: number): void {
    const refuse = (reason: string) => {
      const message = `The manual partition assignment includes ${reason}`
      throw new RefusedError(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
    }
    if (replicas.length === 0) refuse('an empty replica list.')
    const unknown = replicas.find(id => this.#nodes.get(id) === undefined)
    if (unknown !== undefined) refuse(`broker ${unknown}, but no such broker is registered.`)
    const twice = replicas.find((id, at) => replicas.indexOf(id) < at)
    if (twice !== undefined) refuse(`the broker ${twice} more than once.`)
    if (replicas.length === factor) return
    refuse(
      `a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${factor} replica(s).`,
    )
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

  /** Lets go what is older than its topic keeps it. */
  retain(now: number): void {
    for (const { rules, partitions } of this.#byName.values()) {
      if (rules.retentionMs >= 0) for (const { log } of partitions) log.retainSince(now - rules.retentionMs)
    }
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#byCollision.delete(collisionKey(topic.name))
    this.#partitions -= topic.partitions.length
    for (const partition of topic.partitions) partition.delete()
  }
}
