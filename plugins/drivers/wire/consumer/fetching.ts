/** Keeps one Fetch request under way at each broker that leads a partition, as long as there is room for the answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodes, errorName } from '../../../protocol/errors.ts'
import { MalformedError } from '../../../protocol/failure.ts'
import type { fetch } from '../../../protocol/messages/fetch.ts'
import type { ResponseOf } from '../../../protocol/schema.ts'
import { backoffMs, type Cluster } from '../cluster.ts'
import { LinkError } from '../failure.ts'
import type { Link } from '../link.ts'
import { MOST_THROTTLE_MS } from '../throttle.ts'
import { AbortedTransactions } from './aborted.ts'
import { wholeBatches } from './batch.ts'
import { callFetch, type FetchAnswer, type FetchCall } from './fetch-call.ts'
import type { Inbox } from './inbox.ts'
import type { Links } from './links.ts'
import type { Partition } from './partition.ts'
import type { Reports } from './reports.ts'
import { isMoved } from './retrying.ts'
import { Slabs } from './slabs.ts'
import type { Tuning } from './tuning.ts'

type Answered = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

export interface FetchingOptions {
  readonly cluster: Cluster
  /** Nobody else uses them. */
  readonly links: Links
  readonly tuning: Tuning
  /** read_committed */
  readonly committed: boolean
  readonly inbox: Inbox
  readonly reports: Reports
  readonly now: () => number
  /** The log has no such offset any more, or not yet. */
  readonly onOutOfRange: (partition: Partition) => void
  /** Nothing will help. */
  readonly onRefused: (error: Error) => void
}

export class Fetching {
  readonly #o: FetchingOptions
  readonly #slabs: Slabs
  readonly #serving = new Set<number>()
  readonly #ended = new AbortController()
  #partitions: readonly Partition[] = []
  #turn = 0
  #paused = false
  #learning = false
  #later: NodeJS.Timeout | undefined

  constructor(options: FetchingOptions) {
    this.#o = options
    this.#slabs = new Slabs(options.tuning.prefetchBytes)
  }

  /** Fetches these from now on, and no others; what waits of others is dropped. */
  assign(partitions: readonly Partition[]): void {
    for (const each of this.#partitions) each.active = partitions.includes(each)
    this.#partitions = partitions
    this.#o.inbox.drop(partition => !partition.active)
    this.kick()
  }

  set paused(paused: boolean) {
    this.#paused = paused
    this.kick()
  }

  /** Begins whatever can be begun: called when something was polled, assigned or moved. */
  kick(): void {
    if (this.#partitions.length === 0 || this.#ended.signal.aborted || this.#full) return
    const now = performance.now()
    let wait = Number.POSITIVE_INFINITY
    for (const partition of this.#partitions) {
      const leader = this.#leaderOf(partition)
      if (partition.notBefore > now) wait = Math.min(wait, partition.notBefore - now)
      else if (partition.moved || leader < 0) void this.#learn()
      else if (!this.#serving.has(leader)) void this.#serve(leader)
    }
    clearTimeout(this.#later)
    if (wait < Number.POSITIVE_INFINITY) this.#later = setTimeout(() => this.kick(), wait).unref()
  }

  get #full(): boolean {
    return this.#paused || this.#o.inbox.bytes >= this.#o.tuning.prefetchBytes
  }

  #leaderOf({ topic, number }: Partition): number {
    return this.#o.cluster.topic(topic)?.partitions[number]?.leader ?? -1
  }

  async #serve(node: number): Promise<void> {
    this.#serving.add(node)
    try {
      while (!this.#full) {
        const wanted = this.#wanted(node)
        if (wanted.length === 0) return
        await this.#fetch(node, wanted)
      }
    } finally {
      this.#serving.delete(node)
      this.kick()
    }
  }

  /** What to ask a node for; each time another one comes first, since the first gets the most of an answer. */
  #wanted(node: number): Partition[] {
    if (this.#ended.signal.aborted) return []
    const now = performance.now()
    const all = this.#partitions.filter(
      each => !each.moved && each.notBefore <= now && this.#leaderOf(each) === node,
    )
    const first = all.length === 0 ? 0 : this.#turn++ % all.length
    return [...all.slice(first), ...all.slice(0, first)]
  }

  async #fetch(node: number, partitions: readonly Partition[]): Promise<void> {
    const { cluster, tuning, committed, links } = this.#o
    const epochs = partitions.map(
      ({ topic, number }) => cluster.topic(topic)?.partitions[number]?.epoch ?? -1,
    )
    let throttleMs = 0
    let link: Link | undefined
    try {
      link = await links.to(node)
      const from = link
      const call = { partitions, offsets: partitions.map(each => each.fetchFrom), epochs, committed }
      await callFetch(from, this.#slabs, call, tuning, answer => {
        this.#take(from, call, answer)
        throttleMs = answer.body.throttleTimeMs
      })
    } catch (error) {
      if (this.#ended.signal.aborted) return
      this.#failed(error as Error, link, partitions)
    }
    if (throttleMs > 0) {
      this.#o.reports.throttled(node, throttleMs)
      await this.#sleep(Math.min(throttleMs, MOST_THROTTLE_MS))
    }
  }

  /** The connection is no good, or what came over it. Metadata will tell whether its broker is. */
  #failed(error: Error, link: Link | undefined, partitions: readonly Partition[]): void {
    if (error instanceof MalformedError) link?.close()
    this.#o.reports.failure(error)
    if (error instanceof LinkError && error.fault === 'unsupported') {
      this.#o.onRefused(error)
      return
    }
    for (const each of partitions) this.#postpone(each, true)
    this.kick()
  }

  /** @param moved whether its leader is to be looked up before. */
  #postpone(partition: Partition, moved: boolean): void {
    partition.moved = moved
    partition.notBefore = performance.now() + backoffMs(++partition.failures)
  }

  /** What was delivered of it was no good: it is asked for again, later. */
  broken(partition: Partition, link: Link | undefined): void {
    this.#o.inbox.drop(each => each === partition)
    partition.rewind()
    this.#postpone(partition, false)
    link?.close()
    this.kick()
  }

  /** Goes on from another offset; what waits from before it is delivered still. */
  seek(partition: Partition, offset: number): void {
    const { inbox } = this.#o
    partition.fetchFrom = offset
    if (offset < partition.offset || !inbox.has(partition)) {
      inbox.drop(each => each === partition)
      partition.offset = offset
    }
    partition.notBefore = 0
    this.kick()
  }

  #take(link: Link, { partitions: asked, offsets }: FetchCall, { body, slab }: FetchAnswer): void {
    const polledAt = this.#o.now()
    if (body.errorCode !== 0) throw new MalformedError(`Fetch was answered ${errorName(body.errorCode)}`)
    let i = 0
    for (const { topic, partitions } of body.responses) {
      for (const answered of partitions) {
        const is = (each: Partition | undefined) =>
          each?.number === answered.partitionIndex && each.topic === topic
        // answers come in the order they were asked for, mostly
        if (!is(asked[i])) i = asked.findIndex(is)
        const partition = asked[i]
        const offset = offsets[i++]
        if (partition === undefined)
          throw new MalformedError(`an answer for partition ${answered.partitionIndex} of ${topic}, unasked`)
        // it was asked for before it went on elsewhere: what lies between would be passed over
        if (!partition.active || partition.fetchFrom !== offset) continue
        if (answered.errorCode !== 0) this.#refused(partition, answered.errorCode)
        else {
          const wholly = this.#add(link, partition, answered, polledAt, slab)
          if (!wholly && asked.length === 1) throw new MalformedError(`${partition}: no whole batch`)
        }
      }
    }
  }

  /** Puts one partition's records into the inbox; false when there are bytes, but no whole batch. */
  #add(link: Link, partition: Partition, answered: Answered, polledAt: number, slab: FetchAnswer['slab']) {
    const { inbox, committed } = this.#o
    partition.failures = 0
    partition.end = Number(committed ? answered.lastStableOffset : answered.highWatermark)
    const bytes = answered.records
    if (bytes === null || bytes.length === 0) return true
    const { end, next } = wholeBatches(bytes, partition.fetchFrom, Number(answered.highWatermark))
    if (end === 0) return false
    partition.fetchFrom = next
    // the broker may have read past the end that it tells
    partition.end = Math.max(partition.end, next)
    const { abortedTransactions } = answered
    const aborted =
      committed && abortedTransactions?.length ? new AbortedTransactions(abortedTransactions) : undefined
    if (slab) slab.users++
    const release = () => slab && this.#slabs.release(slab)
    inbox.add({ partition, records: bytes.subarray(0, end), at: 0, aborted, polledAt, link, release })
    return true
  }

  #refused(partition: Partition, code: number): void {
    const { reports, onOutOfRange, onRefused } = this.#o
    reports.error(errorName(code), `reading ${partition} from offset ${partition.fetchFrom}`)
    if (code === errorCodes.TOPIC_AUTHORIZATION_FAILED)
      onRefused(new Error(`${partition} must not be read: ${errorName(code)}`))
    else if (code === errorCodes.OFFSET_OUT_OF_RANGE) {
      this.#postpone(partition, false)
      // until it has another position
      partition.notBefore = Number.POSITIVE_INFINITY
      onOutOfRange(partition)
    } else this.#postpone(partition, isMoved(code))
  }

  /** Looks up who leads what; one at a time. */
  async #learn(): Promise<void> {
    if (this.#learning) return
    this.#learning = true
    const { cluster, reports } = this.#o
    const waiting = this.#partitions
    try {
      await cluster.refresh([...new Set(waiting.map(each => each.topic))])
      for (const each of waiting) {
        if (this.#leaderOf(each) >= 0) each.moved = false
        else {
          const topic = cluster.topic(each.topic)
          const what = topic === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'LEADER_NOT_AVAILABLE'
          reports.error(what, `${each} has no leader`)
          this.#postpone(each, true)
        }
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return
      reports.failure(error as Error)
      for (const each of waiting) if (each.moved || this.#leaderOf(each) < 0) this.#postpone(each, true)
    } finally {
      this.#learning = false
      this.kick()
    }
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#ended
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  }

  /** Hangs up. */
  end(): void {
    this.assign([])
    this.#ended.abort()
    clearTimeout(this.#later)
    this.#o.links.end()
  }
}
