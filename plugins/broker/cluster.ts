import { randomBytes } from 'node:crypto'
import { FetchSessions } from './fetch/session.ts'
import { Coordinator } from './group/coordinator.ts'
import type { EpochTimes } from './group/epoch-members.ts'
import { LogMemory } from './log/memory.ts'
import type { Partition } from './log/partition.ts'
import { type Node, Nodes } from './nodes.ts'
import { Topics } from './topics.ts'
import { TransactionCoordinator } from './transaction/coordinator.ts'

/** How often `retention.ms` is looked after: when Kafka looks for the first time. */
const RETENTION_CHECK_MS = 30_000

/** What all brokers of the cluster, and all their connections, share. */
export class Cluster {
  /** Says what it is to every client that asks. */
  readonly clusterId = `embedded-test-double-${randomBytes(6).toString('base64url')}`
  readonly nodes: Nodes
  readonly topics: Topics
  readonly groups: Coordinator
  readonly sessions = new FetchSessions()
  readonly transactions = new TransactionCoordinator({
    newProducerId: () => this.newProducerId(),
    coordinatorEpoch: () => this.nodes.coordinatorEpoch,
    endOffsets: (groupId, producerId, commit) => this.groups.endTransaction(groupId, producerId, commit),
  })
  /** Partitions of a topic created without a number. */
  readonly defaultPartitions: number
  #nextProducerId = 0n
  readonly #retention: NodeJS.Timeout

  constructor(options: {
    readonly retentionBytes: number
    readonly partitions: number
    readonly brokers: number
    readonly retentionCheckMs?: number
    readonly epochTimes?: EpochTimes
  }) {
    this.groups = new Coordinator(undefined, options.epochTimes)
    this.nodes = new Nodes(options.brokers)
    this.topics = new Topics(new LogMemory(options.retentionBytes), this.nodes)
    this.defaultPartitions = options.partitions
    this.#retention = setInterval(
      () => this.topics.retain(Date.now()),
      options.retentionCheckMs ?? RETENTION_CHECK_MS,
    )
    this.#retention.unref()
  }

  /**
   * A broker has come or gone: what it led is led by another, what nobody leads finds a leader.
   * @returns whether it has: nothing changes when it was so before.
   */
  setUp(node: Node, up: boolean): boolean {
    if (node.up === up) return false
    this.#moving(() => {
      node.up = up
    })
    if (!up) this.sessions.drop(node)
    for (const partition of this.topics.partitions()) partition.leadership.elect()
    this.nodes.coordinatorsMoved()
    this.transactions.resume()
    return true
  }

  /** @throws RangeError when there is no such topic, or no such partition of it. */
  partition(topic: string, index: number): Partition {
    const found = this.topics.get(topic)
    if (found === undefined) throw new RangeError(`there is no topic "${topic}"`)
    const partition = found.partitions[index]
    if (partition === undefined) throw new RangeError(`there is no partition ${index} of "${topic}"`)
    return partition
  }

  /** Lets another broker coordinate a group or a transactional id. */
  moveCoordinator(key: string, id: number): void {
    this.#moving(() => this.nodes.moveCoordinator(key, id))
  }

  /** Members that wait at a coordinator that is none any more are told so. */
  #moving(move: () => void): void {
    const before = Array.from(
      this.groups.all(),
      group => [group, this.nodes.coordinatorOf(group.id)] as const,
    )
    move()
    for (const [group, node] of before) if (this.nodes.coordinatorOf(group.id) !== node) group.moved()
  }

  newProducerId(): bigint {
    return this.#nextProducerId++
  }

  close(): void {
    clearInterval(this.#retention)
    this.groups.close()
    this.transactions.close()
  }
}
