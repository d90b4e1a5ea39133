/** What tests of the consumer share: a cluster of the embedded broker, records in it by raw requests, and readers. */
import type { Consumer, ConsumerOptions, Offsets, RunEvent } from '../../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../../plugins/broker/server.ts'
import { Cluster } from '../../../../../plugins/drivers/wire/cluster.ts'
import { WireConsumer } from '../../../../../plugins/drivers/wire/consumer/consumer.ts'
import type { Tuning } from '../../../../../plugins/drivers/wire/consumer/tuning.ts'
import { describeGroups, findCoordinator } from '../../../../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../../../../plugins/protocol/messages/metadata.ts'
import { offsetFetch } from '../../../../../plugins/protocol/messages/offsets.ts'
import { produce } from '../../../../../plugins/protocol/messages/produce.ts'
import {
  createPartitions,
  createTopics,
  deleteTopics,
} from '../../../../../plugins/protocol/messages/topics.ts'
import { encodeBatch } from '../../../../../plugins/protocol/records.ts'
import { now } from '../../../../conformity/harness.ts'
import { TestClient } from '../../../broker/client.ts'

export {
  identities,
  keepReading,
  now,
  read,
  soon,
  until,
  valuesOf,
} from '../../../../conformity/harness.ts'

const TIMEOUT_US = 15_000_000
/** A member that is gone is noticed soon, one that is slow is not lost. */
const QUICK: Partial<Tuning> = { heartbeatMs: 50, startMs: 500 }

export class Fixture {
  readonly broker: RunningBroker
  readonly cluster: Cluster
  readonly #clients = new Map<number, TestClient>()
  readonly #consumers: Consumer[] = []
  #topics = 0

  private constructor(broker: RunningBroker) {
    this.broker = broker
    this.cluster = new Cluster(broker.addresses, { timeoutMs: 10_000 })
  }

  static async open(brokers = 1): Promise<Fixture> {
    const quick = { groupHeartbeatMs: 50, groupSessionMs: 2000 }
    return new Fixture(await startBroker({ brokers, ...quick }, () => undefined))
  }

  async close(): Promise<void> {
    for (const each of this.#consumers) each.kill()
    this.cluster.close()
    for (const each of this.#clients.values()) each.close()
    await this.broker.close()
  }

  /** A raw connection to a broker of the cluster, by its number. */
  async client(node = 1): Promise<TestClient> {
    let client = this.#clients.get(node)
    if (client === undefined) {
      client = await TestClient.to(Number(this.broker.addresses[node - 1]!.split(':')[1]))
      const dead = client
      void client.closed.then(() => this.#clients.get(node) === dead && this.#clients.delete(node))
      this.#clients.set(node, client)
    }
    return client
  }

  async topic(numPartitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const name = `read-${this.#topics++}`
    await this.create(name, numPartitions, configs)
    return name
  }
  async create(name: string, numPartitions: number, configs: Record<string, string> = {}): Promise<void> {
    const client = await this.client()
    const set = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const answer = await client.call(createTopics, 7, {
      topics: [{ name, numPartitions, replicationFactor: this.broker.addresses.length, configs: set }],
      timeoutMs: 5000,
    })
    if (answer.topics[0]!.errorCode !== 0) throw new Error(`topic: ${answer.topics[0]!.errorCode}`)
  }
  async delete(name: string): Promise<void> {
    const client = await this.client()
    await client.call(deleteTopics, 5, { topicNames: [name], timeoutMs: 5000 })
  }

  async grow(name: string, count: number): Promise<void> {
    const client = await this.client()
    const topics = [{ name, count, assignments: null }]
    await client.call(createPartitions, 3, { topics, timeoutMs: 5000 })
  }

  async leaderOf(topic: string, partition: number): Promise<number> {
    const client = await this.client()
    const { topics } = await client.call(metadata, 9, { topics: [{ name: topic }] })
    return topics[0]!.partitions.find(each => each.partitionIndex === partition)!.leaderId
  }

  /** Writes one batch of these values, or these bytes, at the leader. */
  async write(topic: string, partition: number, what: readonly string[] | Buffer): Promise<void> {
    const records = Buffer.isBuffer(what)
      ? what
      : encodeBatch(what.map(value => ({ timestamp: Date.now(), value: Buffer.from(value) })))
    const client = await this.client(await this.leaderOf(topic, partition))
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const answer = await client.call(produce, 9, { acks: -1, timeoutMs: 5000, topicData })
    const { errorCode } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode !== 0) throw new Error(`produce: ${errorCode}`)
  }

  /** Writes so many records over all partitions, in batches of up to ten; their values. */
  async fill(topic: string, partitions: number, count: number, first = 0): Promise<string[]> {
    const values = Array.from({ length: count }, (_, i) => `r${first + i}`)
    for (let i = 0; i < count; i += 10)
      await this.write(topic, (i / 10) % partitions, values.slice(i, i + 10))
    return values.sort()
  }

  async consumer(
    options: Partial<ConsumerOptions> = {},
    tuning: Partial<Tuning> = {},
  ): Promise<WireConsumer & { readonly events: readonly RunEvent[] }> {
    const all = { timeoutUs: TIMEOUT_US, ...options }
    const consumer = await WireConsumer.open(this.cluster, all, now, { ...QUICK, ...tuning })
    const events: RunEvent[] = []
    consumer.onEvent(event => events.push(event))
    this.#consumers.push(consumer)
    return Object.assign(consumer, { events })
  }
  async member(
    topic: string,
    group: string,
    options: Partial<ConsumerOptions> = {},
    tuning: Partial<Tuning> = {},
  ) {
    const consumer = await this.consumer({ group, ...options }, tuning)
    await consumer.subscribe([topic])
    return consumer
  }
  async assigned(
    from: readonly Offsets[],
    options: Partial<ConsumerOptions> = {},
    tuning: Partial<Tuning> = {},
  ) {
    const consumer = await this.consumer(options, tuning)
    await consumer.assign(from)
    return consumer
  }

  async #coordinator(groupId: string): Promise<TestClient> {
    const client = await this.client()
    const answer = await client.call(findCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
    return this.client(answer.coordinators[0]!.nodeId)
  }

  /** What the group has committed; -1: nothing. */
  async committed(groupId: string, topic: string, partitions: number): Promise<number[]> {
    const client = await this.#coordinator(groupId)
    const partitionIndexes = Array.from({ length: partitions }, (_, i) => i)
    const answer = await client.call(offsetFetch, 7, {
      groupId,
      topics: [{ name: topic, partitionIndexes }],
    })
    return answer.topics[0]!.partitions.map(each => Number(each.committedOffset))
  }

  async group(groupId: string) {
    const client = await this.#coordinator(groupId)
    const { groups } = await client.call(describeGroups, 5, { groups: [groupId] })
    return groups[0]!
  }
}
