import { randomBytes } from 'node:crypto'
import { Coordinator } from './group/coordinator.ts'
import { LogMemory } from './log/memory.ts'
import { Topics } from './topics.ts'

/** The one node there is. */
export const NODE_ID = 1

/** Everything that all connections share. */
export class Broker {
  readonly clusterId = randomBytes(16).toString('base64url')
  readonly topics: Topics
  readonly groups = new Coordinator()
  /** Partitions of a topic created without a number. */
  readonly defaultPartitions: number
  readonly autoCreateTopics: boolean
  /** Address told to clients. */
  readonly host: string
  port = 0
  #nextProducerId = 0n

  constructor(options: {
    readonly host: string
    readonly retentionBytes: number
    readonly partitions: number
    readonly autoCreateTopics: boolean
  }) {
    this.host = options.host
    this.topics = new Topics(new LogMemory(options.retentionBytes))
    this.defaultPartitions = options.partitions
    this.autoCreateTopics = options.autoCreateTopics
  }

  newProducerId(): bigint {
    return this.#nextProducerId++
  }

  close(): void {
    this.groups.close()
  }
}
