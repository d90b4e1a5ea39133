/** What a case does beside the driver: topics, records and a look into the log, by raw requests. */
import { transactionalBit } from '../../plugins/protocol/batch.ts'
import { errorCodes } from '../../plugins/protocol/errors.ts'
import { fetch } from '../../plugins/protocol/messages/fetch.ts'
import { describeGroups, findCoordinator } from '../../plugins/protocol/messages/groups.ts'
import { metadata } from '../../plugins/protocol/messages/metadata.ts'
import { offsetFetch } from '../../plugins/protocol/messages/offsets.ts'
import { initProducerId, produce } from '../../plugins/protocol/messages/produce.ts'
import { createTopics, deleteTopics } from '../../plugins/protocol/messages/topics.ts'
import { addPartitionsToTxn, endTxn } from '../../plugins/protocol/messages/transactions.ts'
import { encodeBatch } from '../../plugins/protocol/records.ts'
import { until } from './harness.ts'
import { TestClient } from './raw.ts'
import { batchesIn, type StoredBatch } from './stored.ts'

const MOST_BYTES = 1 << 20
/** What FindCoordinator is asked for. */
const [GROUP, TRANSACTION] = [0, 1]

export class RawCluster {
  readonly #brokers: readonly string[]
  readonly #clients = new Map<string, TestClient>()

  /** @param brokers `host:port` of each. */
  constructor(brokers: readonly string[]) {
    this.#brokers = brokers
  }

  close(): void {
    for (const each of this.#clients.values()) each.close()
  }

  /** A connection to one of them that is up. */
  async any(): Promise<TestClient> {
    for (const address of this.#brokers) {
      const client = await this.#to(address).catch(() => undefined)
      if (client !== undefined) return client
    }
    throw new Error(`no broker of ${this.#brokers.join(', ')} takes connections`)
  }
  async #to(address: string): Promise<TestClient> {
    const known = this.#clients.get(address)
    if (known !== undefined) return known
    const colon = address.lastIndexOf(':')
    const client = await TestClient.to(Number(address.slice(colon + 1)), address.slice(0, colon))
    this.#clients.set(address, client)
    void client.closed.then(() => this.#clients.get(address) === client && this.#clients.delete(address))
    return client
  }
  async #node(id: number): Promise<TestClient> {
    const { brokers } = await (await this.any()).call(metadata, 9, { topics: [] })
    const found = brokers.find(each => each.nodeId === id)
    if (found === undefined) throw new Error(`the cluster names no broker ${id} now`)
    return this.#to(`${found.host}:${found.port}`)
  }

  async create(
    name: string,
    numPartitions: number,
    configs: Readonly<Record<string, string>>,
    replicationFactor = this.#brokers.length,
  ): Promise<void> {
    const set = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const topic = { name, numPartitions, replicationFactor, configs: set }
    const answer = await (await this.any()).call(createTopics, 7, { topics: [topic], timeoutMs: 5000 })
    const { errorCode, errorMessage } = answer.topics[0]!
    if (errorCode !== 0) throw new Error(`making topic ${name}: ${errorCode} ${errorMessage}`)
    // a real cluster tells of it a little later, and leaders serve it later still
    await until(`topic ${name} has leaders`, async () => (await this.leaders(name)).length === numPartitions)
    for (let partition = 0; partition < numPartitions; partition++)
      await until(`partition ${partition} of ${name} is served`, async () => {
        return (await this.#fetch(name, partition, 0)).errorCode === errorCodes.NONE
      })
  }
  async delete(name: string): Promise<void> {
    await (await this.any()).call(deleteTopics, 5, { topicNames: [name], timeoutMs: 5000 })
  }

  /** Of each partition that has one, in the order of the partitions. */
  async leaders(name: string): Promise<number[]> {
    const request = { topics: [{ name }], allowAutoTopicCreation: false }
    const { topics } = await (await this.any()).call(metadata, 9, request)
    const partitions = (topics[0]?.partitions ?? []).toSorted((a, b) => a.partitionIndex - b.partitionIndex)
    return partitions.map(each => each.leaderId).filter(leader => leader >= 0)
  }
  async #leader(topic: string, partition: number): Promise<TestClient> {
    return this.#node((await this.leaders(topic))[partition]!)
  }

  /** Writes one batch of these values, or these bytes, at the leader. */
  async write(
    topic: string,
    partition: number,
    what: readonly string[] | Buffer,
    transactionalId: string | null = null,
  ): Promise<void> {
    const records = Buffer.isBuffer(what)
      ? what
      : encodeBatch(what.map(value => ({ timestamp: Date.now(), value: Buffer.from(value) })))
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const client = await this.#leader(topic, partition)
    const request = { transactionalId, acks: -1, timeoutMs: 5000, topicData }
    const answer = await client.call(produce, 9, request)
    const { errorCode } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode !== 0) throw new Error(`writing to partition ${partition} of ${topic}: ${errorCode}`)
  }

  /** Writes so many records over all partitions, in batches of up to ten; their values, sorted. */
  async fill(topic: string, partitions: number, count: number, first = 0): Promise<string[]> {
    const values = Array.from({ length: count }, (_, i) => `r${first + i}`)
    for (let i = 0; i < count; i += 10)
      await this.write(topic, (i / 10) % partitions, values.slice(i, i + 10))
    return values.sort()
  }

  async #fetch(topic: string, partition: number, fetchOffset: number) {
    const wanted = { partition, fetchOffset, partitionMaxBytes: MOST_BYTES }
    const answer = await (await this.#leader(topic, partition)).call(fetch, 11, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: MOST_BYTES,
      topics: [{ topic, partitions: [wanted] }],
    })
    return answer.responses[0]!.partitions[0]!
  }
  /** The batches of a partition, as they are stored. */
  async stored(topic: string, partition = 0): Promise<StoredBatch[]> {
    const found: StoredBatch[] = []
    for (let offset = 0; ; ) {
      const { errorCode, records } = await this.#fetch(topic, partition, offset)
      if (errorCode !== 0) throw new Error(`fetching partition ${partition} of ${topic}: ${errorCode}`)
      const batches = batchesIn(records ?? Buffer.alloc(0))
      const last = batches.at(-1)
      if (last === undefined) return found
      found.push(...batches)
      offset = last.header.baseOffset + last.header.lastOffsetDelta + 1
    }
  }
  /** The values of each partition, in the order of their offsets. */
  async values(topic: string, partitions = 1): Promise<string[][]> {
    const all: string[][] = []
    for (let partition = 0; partition < partitions; partition++) {
      const batches = (await this.stored(topic, partition)).filter(each => !each.control)
      all.push(batches.flatMap(each => each.records.map(({ value }) => value?.toString() ?? 'null')))
    }
    return all
  }

  /** A producer of transactions in partition 0 of a topic. */
  async transaction(id: string, topic: string) {
    const coordinator = await this.#coordinator(id, TRANSACTION)
    const request = { transactionalId: id, transactionTimeoutMs: 60_000 }
    let [producerId, producerEpoch] = [-1n, -1]
    await until(`a producer id for ${id}`, async () => {
      const begun = await coordinator.call(initProducerId, 4, request)
      producerId = begun.producerId
      producerEpoch = begun.producerEpoch
      return done(`a producer id for ${id}`, begun.errorCode)
    })
    const who = { transactionalId: id, producerId, producerEpoch }
    let baseSequence = 0
    return {
      write: async (values: readonly string[]): Promise<void> => {
        const request = {
          v3AndBelowTransactionalId: id,
          v3AndBelowProducerId: producerId,
          v3AndBelowProducerEpoch: producerEpoch,
          v3AndBelowTopics: [{ name: topic, partitions: [0] }],
        }
        // a real coordinator may still be busy with the last transaction
        await until(`partition 0 of ${topic} is added`, async () => {
          const answer = await coordinator.call(addPartitionsToTxn, 3, request)
          const [found] = answer.resultsByTopicV3AndBelow.flatMap(each => each.resultsByPartition)
          return done(`adding ${topic} to ${id}`, found!.partitionErrorCode)
        })
        const records = values.map(value => ({ timestamp: Date.now(), value: Buffer.from(value) }))
        const batch = encodeBatch(records, {
          producerId,
          producerEpoch,
          baseSequence,
          attributes: transactionalBit,
        })
        baseSequence += values.length
        await this.write(topic, 0, batch, id)
      },
      end: async (committed: boolean): Promise<void> => {
        await until('the transaction ends', async () => {
          const { errorCode } = await coordinator.call(endTxn, 3, { ...who, committed })
          return done(`ending ${id}`, errorCode)
        })
      },
    }
  }

  async #coordinator(key: string, keyType = GROUP): Promise<TestClient> {
    let found = -1
    // a real cluster makes the topic of its groups first
    await until(`the coordinator of ${key}`, async () => {
      const answer = await (await this.any()).call(findCoordinator, 4, { keyType, coordinatorKeys: [key] })
      found = answer.coordinators[0]!.nodeId
      return answer.coordinators[0]!.errorCode === errorCodes.NONE
    })
    return this.#node(found)
  }
  /** What the group has committed; -1: nothing. */
  async committed(groupId: string, topic: string, partitions = 1): Promise<number[]> {
    const client = await this.#coordinator(groupId)
    const partitionIndexes = Array.from({ length: partitions }, (_, i) => i)
    const topics = [{ name: topic, partitionIndexes }]
    const answer = await client.call(offsetFetch, 7, { groupId, topics })
    return answer.topics[0]!.partitions.map(each => Number(each.committedOffset))
  }
  async members(groupId: string): Promise<number> {
    const { groups } = await (await this.#coordinator(groupId)).call(describeGroups, 5, { groups: [groupId] })
    return groups[0]!.members.length
  }
}

/** What a real cluster answers while it makes something ready. */
const PASSING = new Set<number>([
  errorCodes.CONCURRENT_TRANSACTIONS,
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_COORDINATOR,
])

/** False: to be asked again. */
function done(what: string, errorCode: number): boolean {
  if (PASSING.has(errorCode)) return false
  if (errorCode !== errorCodes.NONE) throw new Error(`${what}: ${errorCode}`)
  return true
}
