import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../../plugins/broker/cluster.ts'
import { errorCodes } from '../../../plugins/protocol/errors.ts'
import { listOffsets } from '../../../plugins/protocol/messages/fetch.ts'
import { ModelLog, ModelProducer } from './transaction-model.ts'
import {
  add,
  DirectClient,
  end,
  type Identity,
  init,
  NOBODY,
  readAll,
  type Sent,
  send,
} from './transactional.ts'

/** Two topics of one partition. The first is on both brokers, the second on broker 2 alone: without it, nobody leads. */
const TOPICS = ['both', 'alone'] as const
const REPLICAS = [[1, 2], [2]]

const partition = fc.nat(1)
const who = fc.nat(2)
const count = fc.integer({ min: 1, max: 3 })
const how = fc.constantFrom('next', 'next', 'next', 'again', 'gap')
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('plain' as const), partition, count }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('idempotent' as const), who, partition, count, how }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('init' as const), who }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), who, partition, count, how }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('zombie' as const), who, partition }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), who, commit: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('broker 2' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lead' as const), broker: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      partition,
      committed: fc.boolean(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      maxBytes: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 20_000 })),
    }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
type How = 'next' | 'again' | 'gap'

/** The broker and the model beside each other: every answer is compared. */
class Histories {
  readonly cluster: Cluster
  readonly logs = REPLICAS.map((_, index) => new ModelLog(index))
  readonly producers = [
    new ModelProducer('old-1', false, 1000),
    new ModelProducer('old-2', false, 3000),
    new ModelProducer('new', true, 2000),
  ]
  readonly idempotent: Identity[] = []
  readonly #clients: DirectClient[]
  readonly #size: number
  /** Last batch of each producer in each partition, to repeat it. */
  readonly #last = new Map<
    string,
    { base: number; sequence: number; values: string[]; transaction: unknown }
  >()
  #values = 0
  #requests = 0

  /** @param size bytes of a value; above 0 retention has something to do. */
  constructor(size: number) {
    this.#size = size
    this.cluster = new Cluster({ retentionBytes: 64 * 1024, partitions: 1, brokers: 2 })
    for (const [index, topic] of TOPICS.entries()) this.cluster.topics.create(topic, [REPLICAS[index]!])
    this.#clients = this.cluster.nodes.all.map(node => new DirectClient(this.cluster, node))
  }

  partition(index: number) {
    return this.cluster.topics.get(TOPICS[index]!)!.partitions[0]!
  }

  leader(index: number): DirectClient | undefined {
    return this.#clients[this.partition(index).leadership.leader - 1]
  }

  coordinator({ id }: ModelProducer): DirectClient {
    return this.#clients[this.cluster.nodes.coordinatorOf(id)!.id - 1]!
  }

  values(count: number): string[] {
    return Array.from({ length: count }, () => `${++this.#values} `.padEnd(this.#size, 'x'))
  }

  async run(operations: readonly Operation[]): Promise<void> {
    for (let n = 0; n < 3; n++) {
      const { errorCode: _, ...identity } = await init(this.#clients[0]!, null)
      this.idempotent.push(identity)
    }
    for (const each of operations) await this.#do(each)
    this.#broker2(true)
    for (const { index } of this.logs) {
      for (const committed of [true, false]) {
        for (const at of [0, 0.5, 1]) await this.#look({ partition: index, committed, at, maxBytes: 1e6 })
      }
    }
  }

  #do(operation: Operation): Promise<void> | void {
    switch (operation.kind) {
      case 'plain':
        return this.#plain(operation.partition, operation.count)
      case 'idempotent':
        return this.#idempotent(this.idempotent[operation.who]!, operation)
      case 'init':
        return this.#init(this.producers[operation.who]!)
      case 'write':
        return this.#write(this.producers[operation.who]!, operation)
      case 'zombie':
        return this.#zombie(this.producers[operation.who]!, operation.partition)
      case 'end':
        return this.#end(this.producers[operation.who]!, operation.commit)
      case 'wait':
        return this.#wait(operation.ms)
      case 'broker 2':
        return this.#broker2(operation.up)
      case 'lead':
        return void this.partition(0).leadership.move(operation.broker)
      case 'look':
        return this.#look(operation)
    }
  }

  async #plain(index: number, count: number): Promise<void> {
    const values = this.values(count)
    const { errorCode, baseOffset } = await this.#send(index, NOBODY, -1, values)
    if (this.leader(index) === undefined) return expect(errorCode).not.toBe(0)
    expect({ errorCode, baseOffset }).toEqual({
      errorCode: 0,
      baseOffset: BigInt(this.logs[index]!.append(values)),
    })
  }

  async #send(index: number, who: Identity, sequence: number, values: readonly string[], sent: Sent = {}) {
    const client = this.leader(index) ?? this.#clients[0]!
    return send(client, TOPICS[index]!, who, sequence, values, sent)
  }

  #idempotent(who: Identity, { partition, count, how }: { partition: number; count: number; how: How }) {
    return this.#sequenced(who, partition, count, how, {})
  }

  /** Sends a batch with a sequence: the next one, one that was sent, or one too far. */
  async #sequenced(
    who: Identity,
    index: number,
    count: number,
    how: How,
    sent: Sent,
    transaction?: ModelProducer['transaction'],
  ) {
    const log = this.logs[index]!
    const known = log.producers.get(who.producerId)
    const key = `${who.producerId} ${who.producerEpoch} ${index}`
    const last = this.#last.get(key)
    const next = known?.epoch === who.producerEpoch ? known.next : 0
    if (how === 'again' && last !== undefined && last.transaction === transaction) {
      const { errorCode, baseOffset } = await this.#send(index, who, last.sequence, last.values, sent)
      if (this.leader(index) === undefined) return expect(errorCode).not.toBe(0)
      return expect({ errorCode, baseOffset }).toEqual({ errorCode: 0, baseOffset: BigInt(last.base) })
    }
    const sequence = how === 'gap' ? next + 1 : next
    const values = this.values(count)
    const { errorCode, baseOffset } = await this.#send(index, who, sequence, values, sent)
    if (this.leader(index) === undefined) return expect(errorCode).not.toBe(0)
    // One that is not known may begin anywhere, but not in the second protocol of transactions.
    if (how === 'gap' && (known !== undefined || sent.version === 12))
      return expect(errorCode).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    const base = log.append(values, transaction)
    expect({ errorCode, baseOffset }).toEqual({ errorCode: 0, baseOffset: BigInt(base) })
    log.producers.set(who.producerId, { epoch: who.producerEpoch, next: sequence + count })
    this.#last.set(key, { base, sequence, values, transaction })
  }

  async #init(producer: ModelProducer): Promise<void> {
    const answer = await init(this.coordinator(producer), producer.id, {
      transactionTimeoutMs: producer.timeoutMs,
    })
    producer.touched = ++this.#requests
    if (producer.state === 'ongoing' || producer.state === 'ending') {
      expect(answer.errorCode).toBe(errorCodes.CONCURRENT_TRANSACTIONS)
      if (producer.state === 'ongoing') this.#abort(producer)
      return
    }
    const { errorCode, ...who } = answer
    expect(errorCode).toBe(0)
    if (producer.state === 'none') expect(who.producerEpoch).toBe(0)
    else {
      expect(who).toEqual({ producerId: producer.who.producerId, producerEpoch: producer.epoch + 1 })
      producer.zombies.push(producer.who)
    }
    producer.state = 'empty'
    producer.who = who
    producer.epoch = who.producerEpoch
  }

  async #write(
    producer: ModelProducer,
    { partition: index, count, how }: { partition: number; count: number; how: How },
  ) {
    if (producer.state === 'none') return
    const version = producer.bumps ? 12 : 9
    const sent = { transactionalId: producer.id, version }
    if (producer.bumps) {
      if (this.leader(index) !== undefined && (producer.fenced || producer.state === 'ending')) {
        const { errorCode } = await this.#send(index, producer.who, 0, this.values(1), sent)
        const { INVALID_PRODUCER_EPOCH, CONCURRENT_TRANSACTIONS } = errorCodes
        return expect(errorCode).toBe(producer.fenced ? INVALID_PRODUCER_EPOCH : CONCURRENT_TRANSACTIONS)
      }
    } else {
      const [errorCode] = await add(
        this.coordinator(producer),
        producer.id,
        producer.who,
        TOPICS[index]!,
        [0],
      )
      if (producer.fenced) return expect(errorCode).toBe(errorCodes.PRODUCER_FENCED)
      if (producer.state === 'ending') return expect(errorCode).toBe(errorCodes.CONCURRENT_TRANSACTIONS)
      expect(errorCode).toBe(0)
    }
    if (!producer.bumps || this.leader(index) !== undefined) {
      // A batch that begins the transaction in its partition reaches the coordinator; the others do not.
      const begun = producer.state === 'ongoing' && producer.added.has(index)
      if (!producer.bumps || !begun || !this.#hasBatch(producer, index)) producer.touched = ++this.#requests
      producer.begin(index, Date.now())
    }
    await this.#sequenced(producer.who, index, count, how, sent, producer.transaction)
  }

  #hasBatch({ transaction }: ModelProducer, index: number): boolean {
    return this.logs[index]!.batches.some(each => each.transaction === transaction)
  }

  /** A producer that was fenced writes nothing. */
  async #zombie({ zombies, id, bumps }: ModelProducer, index: number): Promise<void> {
    const zombie = zombies.at(-1)
    if (zombie === undefined) return
    const sent = { transactionalId: id, version: bumps ? 12 : 9 }
    const { errorCode } = await this.#send(index, zombie, 0, this.values(1), sent)
    const { INVALID_PRODUCER_EPOCH, NOT_LEADER_OR_FOLLOWER } = errorCodes
    expect(errorCode).toBe(this.leader(index) === undefined ? NOT_LEADER_OR_FOLLOWER : INVALID_PRODUCER_EPOCH)
  }

  async #end(producer: ModelProducer, commit: boolean): Promise<void> {
    if (producer.state === 'none') return
    const { bumps, state, who } = producer
    const answer = await end(this.coordinator(producer), producer.id, who, commit, bumps ? 5 : 3)
    const expected = this.#endError(producer, commit)
    expect(answer.errorCode).toBe(expected)
    const nothing = expected !== 0 || (!bumps && state === 'complete')
    if (nothing) return
    producer.touched = ++this.#requests
    if (bumps) {
      producer.epoch++
      producer.who = { producerId: who.producerId, producerEpoch: producer.epoch }
      expect(answer).toMatchObject(producer.who)
    }
    producer.finish(commit)
    producer.mark(this.logs, index => this.leader(index) !== undefined)
  }

  #endError({ fenced, bumps, state, committed }: ModelProducer, commit: boolean): number {
    const { NONE, PRODUCER_FENCED, INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS } = errorCodes
    if (fenced || (bumps && state === 'ending')) return PRODUCER_FENCED
    if (state === 'ongoing') return NONE
    if (bumps) return commit ? INVALID_TXN_STATE : NONE
    if (state === 'empty' || committed !== commit) return INVALID_TXN_STATE
    return state === 'ending' ? CONCURRENT_TRANSACTIONS : NONE
  }

  #abort(producer: ModelProducer): void {
    producer.epoch++
    producer.finish(false)
    producer.mark(this.logs, index => this.leader(index) !== undefined)
  }

  #wait(ms: number): void {
    vi.advanceTimersByTime(ms)
    const late = this.producers.filter(({ state, deadline }) => state === 'ongoing' && deadline <= Date.now())
    for (const producer of late.sort((a, b) => a.deadline - b.deadline)) this.#abort(producer)
  }

  #broker2(up: boolean): void {
    this.cluster.setUp(this.cluster.nodes.get(2)!, up)
    const ending = this.producers.filter(({ state }) => state === 'ending')
    for (const producer of ending.sort((a, b) => a.touched - b.touched)) {
      producer.mark(this.logs, index => this.leader(index) !== undefined)
    }
  }

  async #look({
    partition: index,
    committed,
    at,
    maxBytes,
  }: {
    partition: number
    committed: boolean
    at: number
    maxBytes: number
  }) {
    const client = this.leader(index)
    if (client === undefined) return
    const log = this.logs[index]!
    const start = this.partition(index).log.logStartOffset
    const stable = log.stable(start)
    const last = committed ? stable : log.end
    const offset = Math.floor(start + at * (last - start))
    const { records, batches, answer } = await readAll(client, TOPICS[index]!, {
      offset,
      committed,
      maxBytes,
    })
    expect(records).toEqual(log.visible(offset, committed, stable))
    expect(answer).toMatchObject({ highWatermark: BigInt(log.end), lastStableOffset: BigInt(stable) })
    // No offset is missing, and none is there twice.
    for (const [n, [first]] of batches.entries()) {
      if (n > 0) expect(first).toBe(batches[n - 1]![1] + 1)
      else expect(first).toBeLessThanOrEqual(offset)
    }
    expect(batches.at(-1)?.[1] ?? offset - 1).toBe(last - 1)
    const asked = [{ name: TOPICS[index]!, partitions: [{ partitionIndex: 0, timestamp: -1 }] }]
    const latest = await client.call(listOffsets, 5, {
      replicaId: -1,
      isolationLevel: committed ? 1 : 0,
      topics: asked,
    })
    expect(latest.topics[0]!.partitions[0]!.offset).toBe(BigInt(last))
  }
}

describe('whatever producers do', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('consumers see each record once, in order, and read_committed ones what was committed', async () => {
    const history = fc.array(operation, { maxLength: 60, size: 'max' })
    await fc.assert(
      fc.asyncProperty(history, fc.constantFrom(0, 0, 3000), async (operations, size) => {
        const histories = new Histories(size)
        try {
          await histories.run(operations)
        } finally {
          histories.cluster.close()
        }
      }),
      { numRuns: 300 },
    )
  })
})
