import { randomBytes } from 'node:crypto'
import { errorCodes } from '../protocol/errors.ts'
import type { LogMemory } from './log/memory.ts'
import { type AppendRules, Partition } from './log/partition.ts'
import { ProducerCount } from './log/producer-state.ts'
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

/** All topics of the broker, by name and by id. */
export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #memory: LogMemory
  readonly #producers = new ProducerCount()
  #partitions = 0

  constructor(memory: LogMemory) {
    this.#memory = memory
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
    partitions: number,
    configs: Iterable<{ readonly name: string; readonly value: string | null }> = [],
    validateOnly = false,
  ): Topic {
    checkName(name)
    if (this.#byName.has(name)) {
      throw new RefusedError(errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
    }
    if (partitions < 1) throw new RefusedError(errorCodes.INVALID_PARTITIONS, `${partitions} partitions`)
    this.#checkRoom(partitions)
    const given = new Map<string, string>()
    for (const config of configs) given.set(config.name, checkTopicConfig(config.name, config.value))
    const topic = new Topic(name, given)
    if (validateOnly) return topic
    this.#byName.set(name, topic)
    this.#byId.set(topic.id, topic)
    this.#extend(topic, partitions)
    return topic
  }

  /** @throws RefusedError when `count` is not above what there is. */
  grow(topic: Topic, count: number, validateOnly: boolean): void {
    const now = topic.partitions.length
    if (count <= now) {
      throw new RefusedError(
        errorCodes.INVALID_PARTITIONS,
        `Topic '${topic.name}' has ${now} partitions already.`,
      )
    }
    this.#checkRoom(count - now)
    if (!validateOnly) this.#extend(topic, count)
  }

  #checkRoom(more: number): void {
    if (this.#partitions + more <= MAX_PARTITIONS) return
    const message = `the broker holds at most ${MAX_PARTITIONS} partitions in all topics together`
    throw new RefusedError(errorCodes.INVALID_PARTITIONS, message)
  }

  #extend(topic: Topic, count: number): void {
    this.#partitions += count - topic.partitions.length
    for (let index = topic.partitions.length; index < count; index++) {
      topic.partitions.push(new Partition(index, this.#memory, this.#producers))
    }
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#partitions -= topic.partitions.length
    for (const partition of topic.partitions) partition.delete()
  }
}
