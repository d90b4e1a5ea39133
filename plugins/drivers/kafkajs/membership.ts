/**
 * One membership of one group, from joining to leaving.
 *
 * kafkajs resolves positions when it first fetches, which is too late to say "from here on nothing is missed". So each new
 * assignment is resolved here, at once; what the group does not know yet is committed, so that whoever gets the partition next
 * begins at the same place; then kafkajs is told to seek. Batches that it fetched before that are not taken, and since
 * nothing is resolved for kafkajs that was not taken, it fetches them again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs'
import type { Batch, Offsets } from '../../../core/plugin.ts'
import { HEARTBEAT_MS, type MembershipOptions, openConsumer } from './group-client.ts'
import { type Entry, Inbox } from './inbox.ts'
import { codeOf } from './outcome.ts'
import { type Assigned, type Position, resolvePositions } from './positions.ts'
import type { Context } from './producer.ts'
import { Sockets } from './sockets.ts'
import { untilKnown } from './topic.ts'
import { batchOf } from './view.ts'

/** kafkajs hands over so many partitions of a response at once. */
const CONCURRENTLY = 32
/** Before positions are asked for again. */
const AGAIN_MS = 500
const LEAVE_MS = 5000
/** ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS: the member is about to join anew. */
const REJOIN = new Set([22, 25, 27])
/** TOPIC_ and GROUP_AUTHORIZATION_FAILED */
const REFUSED = new Set([29, 30])

export class Membership {
  readonly #o: MembershipOptions
  readonly #now: () => number
  readonly #sockets = new Sockets()
  readonly #consumer: Consumer
  readonly #inbox = new Inbox(HEARTBEAT_MS)
  readonly #ready = Promise.withResolvers<void>()
  #cluster!: Cluster
  #positions: readonly Position[]
  /** False between a new assignment and its positions. */
  #resolved = false
  #resolution: Promise<void> = Promise.resolve()
  #generation = 0
  #rebalancing = false
  #paused = false
  #failure: unknown
  #ended = false
  #commits: NodeJS.Timeout | undefined

  constructor(context: Context, options: MembershipOptions) {
    const { fixed } = options
    this.#o = options
    this.#now = context.now
    this.#positions = fixed?.map(each => ({ ...each, end: each.offset, committed: each.offset })) ?? []
    this.#ready.promise.catch(() => undefined) // whoever joins hears of it; nobody else needs to
    this.#consumer = openConsumer(context, options, this.#sockets, {
      onCluster: cluster => {
        this.#cluster = cluster
      },
      restart: () => !this.#ended,
    })
  }

  /** Resolves when the member has an assignment (which may be empty) and a position in each partition of it. */
  async join(): Promise<void> {
    const { group, timeoutUs } = this.#o
    const late = `no assignment in group ${group} within ${timeoutUs / 1e6} s`
    const timer = setTimeout(() => this.#ready.reject(new Error(late)), timeoutUs / 1000)
    try {
      await Promise.race([this.#start().then(() => this.#ready.promise), this.#ready.promise])
    } catch (error) {
      this.kill()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #start(): Promise<void> {
    const consumer = this.#consumer
    const { topics, from, timeoutUs, fixed, commitUs } = this.#o
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#assigned(payload.memberAssignment))
    consumer.on(consumer.events.REBALANCING, () => this.#revoked())
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#crashed(payload.error, payload.restart))
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      // nothing but transaction markers: kafkajs passes over them by itself
      const position = payload.batchSize === 0 && this.#positionOf(payload.topic, payload.partition)
      if (position) position.offset = Math.max(position.offset, Number(payload.lastOffset) + 1)
    })
    await consumer.connect()
    for (const topic of topics)
      await untilKnown(topic, timeoutUs, () =>
        consumer.subscribe({ topics: [topic], fromBeginning: from === 'earliest' }),
      )
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENTLY,
      eachBatch: payload => this.#offer(payload),
    })
    if (fixed !== undefined || commitUs === 0 || this.#ended) return
    this.#commits = setInterval(() => void this.#commitQuietly(), commitUs / 1000)
    this.#commits.unref()
  }

  /* ---- assignment ---- */

  #assigned(assigned: Assigned): void {
    const generation = ++this.#generation
    this.#resolved = false
    this.#inbox.drop()
    this.#resolution = this.#resolve(assigned, () => generation === this.#generation && !this.#ended)
  }

  async #resolve(assigned: Assigned, current: () => boolean): Promise<void> {
    const { group, fixed, from, emit } = this.#o
    while (current()) {
      try {
        const before = this.#positions
        const known = fixed === undefined ? group : undefined
        const positions = await resolvePositions(this.#cluster, known, assigned, before, from)
        if (!current()) return
        await this.#commitAll(positions.filter(each => each.committed < 0))
        if (!current()) return
        for (const { topic, partition, offset } of positions)
          this.#consumer.seek({ topic, partition, offset: String(offset) })
        if (this.#paused) this.pause() // kafkajs forgets it when it restarts
        this.#positions = positions
        this.#resolved = true
        this.#ready.resolve()
        if (this.#rebalancing) {
          this.#rebalancing = false
          const lost = before.filter(({ topic, partition }) => !this.#positionOf(topic, partition)).length
          emit({ kind: 'rebalance', at: this.#now(), group, step: 'end', lost })
        }
        return
      } catch (error) {
        const code = codeOf(error)
        if (!current() || (code !== undefined && REJOIN.has(code))) return
        if (code !== undefined && REFUSED.has(code)) return this.#fail(error)
        this.#report('PositionUnknown', error)
        await sleep(AGAIN_MS, undefined, { ref: false })
      }
    }
  }

  /** kafkajs is about to join anew; it asks for the coordinator first, so this commit is on its way before. */
  #revoked(): void {
    if (this.#ended) return
    this.#resolved = false
    this.#inbox.drop()
    void this.#commitQuietly()
    if (this.#rebalancing) return
    this.#rebalancing = true
    this.#o.emit({ kind: 'rebalance', at: this.#now(), group: this.#o.group, step: 'start', lost: 0 })
  }

  #crashed(error: Error, restart: boolean): void {
    if (this.#ended) return
    if (restart) this.#report('ConsumerRestarted', error)
    else this.#fail(error)
  }
  #fail(error: unknown): void {
    this.#failure = error
    this.#ready.reject(error)
    this.#inbox.wake()
  }
  #report(code: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#o.emit({ kind: 'error', at: this.#now(), code, message, records: 0 })
  }

  /* ---- records ---- */

  async #offer(payload: EachBatchPayload): Promise<void> {
    if (!this.#resolved) await this.#resolution
    if (!this.#resolved || this.#ended || payload.isStale()) return
    const position = this.#positionOf(payload.batch.topic, payload.batch.partition)
    if (position) await this.#inbox.offer(payload, position, this.#now())
  }

  async poll(
    onBatch: (batch: Batch) => void,
    { timeoutUs, signal }: { readonly timeoutUs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    if (this.#failure === undefined && (this.#paused || this.#inbox.empty))
      await this.#inbox.wait(timeoutUs, signal)
    if (this.#failure !== undefined) throw this.#failure
    while (!this.#paused) {
      const entry = this.#inbox.shift()
      if (entry === undefined) return
      this.#deliver(entry, onBatch)
    }
  }

  #deliver({ payload, position, polledAt, done }: Entry, onBatch: (batch: Batch) => void): void {
    const { batch } = payload
    const { topic, partition, messages } = batch
    try {
      onBatch(batchOf(topic, partition, messages, polledAt))
      position.offset = Number(batch.lastOffset()) + 1
      position.end = Number(batch.highWatermark)
      payload.resolveOffset(messages.at(-1)?.offset ?? batch.lastOffset())
    } finally {
      done()
    }
  }

  pause(): void {
    this.#paused = true
    this.#consumer.pause(this.#o.topics.map(topic => ({ topic })))
  }
  resume(): void {
    this.#paused = false
    this.#consumer.resume(this.#o.topics.map(topic => ({ topic })))
    this.#inbox.wake()
  }

  /* ---- positions ---- */

  get positions(): readonly Position[] {
    return this.#positions
  }
  #positionOf(topic: string, partition: number): Position | undefined {
    return this.#positions.find(each => each.topic === topic && each.partition === partition)
  }

  /** As after a new assignment, but for how far it has read. @throws Error for what is no member of a group. */
  async rewind(): Promise<void> {
    if (this.#o.fixed !== undefined) throw new Error('only members of a group have offsets to go back to')
    await this.#resolution
    if (!this.#resolved) return
    const positions = this.#positions
    const assigned: Record<string, number[]> = {}
    for (const { topic, partition } of positions) assigned[topic] = [...(assigned[topic] ?? []), partition]
    this.#resolved = false
    this.#inbox.drop()
    this.#positions = []
    this.#assigned(assigned)
    await this.#resolution
  }

  async commit(offsets: readonly Offsets[]): Promise<void> {
    await this.#consumer.commitOffsets(offsets.map(each => ({ ...each, offset: String(each.offset) })))
  }
  async #commitAll(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return
    const offsets = positions.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
    await this.commit(offsets)
    positions.forEach((position, i) => {
      position.committed = (offsets[i] as Offsets).offset
    })
  }
  async #commitQuietly(): Promise<void> {
    if (this.#o.fixed !== undefined || this.#o.commitUs === 0) return
    try {
      await this.#commitAll(this.#positions.filter(each => each.committed !== each.offset))
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined || !REJOIN.has(code)) this.#report('CommitFailed', error)
    }
  }

  /* ---- the end ---- */

  async leave(): Promise<void> {
    if (this.#ended) return
    this.#end()
    const left = this.#commitQuietly().then(() => this.#consumer.disconnect())
    await Promise.race([left.catch(() => undefined), sleep(LEAVE_MS, undefined, { ref: false })])
    this.#sockets.end()
  }
  /** No farewell can get out any more: the group hears of it by the session's time-out. */
  kill(): void {
    this.#end()
    this.#sockets.end()
    this.#consumer.disconnect().catch(() => undefined)
  }
  #end(): void {
    this.#ended = true
    this.#ready.reject(new Error('the consumer left before it had joined'))
    clearInterval(this.#commits)
    this.#inbox.close()
  }
}
