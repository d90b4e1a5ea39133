import { randomBytes } from 'node:crypto'
import { Coordinator } from './group/coordinator.ts'
import { LogMemory } from './log/memory.ts'
import { type Node, Nodes } from './nodes.ts'
import { Topics } from './topics.ts'

/** What all brokers of the cluster, and all their connections, share. */
export class Cluster {
  /** Says what it is to every client that asks. */
  readonly clusterId = `embedded-test-double-${randomBytes(6).toString('base64url')}`
  readonly nodes: Nodes
  readonly topics: Topics
  readonly groups = new Coordinator()
  /** Partitions of a topic created without a number. */
  readonly defaultPartitions: number
  #nextProducerId = 0n

  constructor(options: {
    readonly retentionBytes: number
    readonly partitions: number
    readonly brokers: number
  }) {
    this.nodes = new Nodes(options.brokers)
    this.topics = new Topics(new LogMemory(options.retentionBytes), this.nodes)
    this.defaultPartitions = options.partitions
  }

  /** A broker has come or gone: what it led is led by another, what nobody leads finds a leader. */
  setUp(node: Node, up: boolean): void {
    node.up = up
    for (const partition of this.topics.partitions()) partition.leadership.elect()
  }

  newProducerId(): bigint {
    return this.#nextProducerId++
  }

  close(): void {
    this.groups.close()
  }
}
