import { randomBytes } from 'node:crypto'
import { Coordinator } from './group/coordinator.ts'
import { LogMemory } from './log/memory.ts'
import { Topics } from './topics.ts'

/** The one node there is, and where it listens: load never leaves the machine. */
export const NODE_ID = 1
export const HOST = '127.0.0.1'

/** Everything that all connections share. */
export class Broker {
  /** Says what it is to every client that asks. */
  readonly clusterId = `embedded-test-double-${randomBytes(6).toString('base64url')}`
  readonly topics: Topics
  readonly groups = new Coordinator()
  /** Partitions of a topic created without a number. */
  readonly defaultPartitions: number
  port = 0
  #nextProducerId = 0n

  constructor(options: { readonly retentionBytes: number; readonly partitions: number }) {
    this.topics = new Topics(new LogMemory(options.retentionBytes))
    this.defaultPartitions = options.partitions
  }

  newProducerId(): bigint {
    return this.#nextProducerId++
  }

  close(): void {
    this.groups.close()
  }
}
