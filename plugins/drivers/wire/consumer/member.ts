/** A member of a classic group, from joining to leaving, through all rebalances. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Offsets } from '../../../../core/plugin.ts'
import { errorCodes } from '../../../protocol/errors.ts'
import { backoffMs } from '../cluster.ts'
import type { BrokerError } from '../failure.ts'
import { offered } from './assignors.ts'
import { Coordinator } from './coordinator.ts'
import { Holdings } from './holdings.ts'
import { FirstAssignment, type MemberOptions, type Membership, Rebalance, within } from './membership.ts'
import type { Identity, PartitionName } from './offsets.ts'
import type { Partition } from './partition.ts'
import { isPassing, isRejoin } from './retrying.ts'
import { Rounds } from './rounds.ts'

const LEAVE_MS = 5000
/** Longest that the group waits for what a member has begun with; a partition may have no leader just now. */
const PATIENCE_MS = 10_000

export class Member implements Membership {
  readonly #o: MemberOptions
  readonly #rounds: Rounds
  readonly #holdings: Holdings
  readonly #rebalance: Rebalance
  /** Whether it keeps what it has through a rebalance, and gives up only what moves. */
  readonly #cooperative: boolean
  readonly #first = new FirstAssignment()
  readonly #over = new AbortController()
  readonly #looks: NodeJS.Timeout
  /** What a cooperative member says that it has. */
  #owned: readonly PartitionName[] = []
  #settling: Promise<void> | undefined
  #joining = true
  /** ms of performance.now(): when the group last heard of the member, as far as that knows. */
  #heardAt = performance.now()

  constructor(options: MemberOptions) {
    const { cluster, links, group, tuning } = options
    const coordinator = new Coordinator(cluster, links, group)
    const assignors = offered(options.assignor)
    const { commitMs, metadataMs } = tuning
    this.#o = options
    this.#cooperative = assignors.every(each => each.cooperative)
    this.#rounds = new Rounds({ ...options, coordinator, assignors })
    this.#holdings = new Holdings({ ...options, coordinator, commitMs, identity: () => this.identity })
    this.#rebalance = new Rebalance(options)
    this.#looks = setInterval(() => this.#look(), metadataMs).unref()
  }

  async join(): Promise<void> {
    void this.#run()
    await this.#first.within(this.#o)
  }
  get partitions(): readonly Partition[] {
    return this.#holdings.partitions
  }
  get identity(): Identity {
    return this.#rounds.identity
  }
  commit(offsets?: readonly Offsets[]): Promise<void> {
    return this.#holdings.commit(offsets)
  }
  rewind(): Promise<void> {
    return this.#holdings.rewind()
  }

  get #ended(): boolean {
    return this.#over.signal.aborted
  }

  async #run(): Promise<void> {
    const { reports } = this.#o
    for (let failures = 0; !this.#ended; ) {
      try {
        this.#joining = true
        const assigned = await this.#rounds.join(this.#owned)
        this.#joining = false
        this.#heardAt = performance.now()
        if (this.#ended) return
        failures = 0
        const again = await this.#take(assigned)
        await this.#giveUp(await this.#beat(again))
      } catch (error) {
        if (this.#ended) return
        if (!isPassing(error) && !isRejoin(error)) return this.#fail(error as Error)
        if (!isRejoin(error)) reports.failure(error as Error)
        if (isForgotten(error) || this.#isCutOff) await this.#lose()
        await this.#sleep(backoffMs(++failures))
      }
    }
  }

  /** Whether the group will have given the member up by now. */
  get #isCutOff(): boolean {
    return performance.now() - this.#heardAt >= this.#o.tuning.sessionMs
  }

  /**
   * Begins with what is assigned, in the background.
   * @returns whether something moves to another member, which then gets it when this one joins again.
   */
  async #take(assigned: readonly PartitionName[]): Promise<boolean> {
    const isAssigned = (name: PartitionName) =>
      assigned.some(each => each.topic === name.topic && each.partition === name.partition)
    const moves = !this.#owned.every(isAssigned)
    if (this.#cooperative) this.#owned = assigned
    await this.#holdings.revoke(assigned)
    const settling = this.#settle(assigned, moves).finally(() => {
      if (this.#settling === settling) this.#settling = undefined
    })
    this.#settling = settling
    return moves
  }

  async #settle(assigned: readonly PartitionName[], moves: boolean): Promise<void> {
    try {
      if (!(await this.#holdings.settle(assigned))) return
      this.#first.is()
      if (!moves) this.#rebalance.ends(this.partitions)
    } catch (error) {
      if (!this.#ended) this.#fail(error as Error)
    }
  }

  /**
   * Heartbeats, until the member has to join anew: whether what it had is lost. A cooperative member finishes what it has
   * begun with first: nobody else would know where a partition begins that it is to give up.
   */
  async #beat(moves: boolean): Promise<'lost' | undefined> {
    const { tuning, reports, links } = this.#o
    let again = moves
    for (let patientUntil = Number.POSITIVE_INFINITY; ; ) {
      const settling = this.#cooperative ? this.#settling : undefined
      again ||= this.#rounds.outdated
      if (again) patientUntil = Math.min(patientUntil, performance.now() + PATIENCE_MS)
      if (again && (settling === undefined || performance.now() >= patientUntil)) return undefined
      const pause = this.#sleep(tuning.heartbeatMs)
      await (again ? Promise.race([settling, pause]) : pause)
      if (this.#ended) return undefined
      const left = this.#heardAt + tuning.sessionMs - performance.now()
      const answer = await within(left, this.#rounds.beat()).catch(error => {
        if (!isPassing(error) || this.#ended) throw error
        reports.failure(error)
        return undefined
      })
      // the group has given it up, or will have by now: others read what it had
      if (answer === 'lost') return 'lost'
      if (answer === false) again = true
      if (answer !== undefined) this.#heardAt = performance.now()
      else if (this.#isCutOff) {
        // an answer that comes later than that is about a membership of the past
        links.close()
        return 'lost'
      }
    }
  }

  /** Before joining anew. Nothing of the old generation is delivered from here on, but what a cooperative member keeps. */
  async #giveUp(how: 'lost' | undefined): Promise<void> {
    if (this.#ended) return
    this.#rebalance.begins(this.partitions)
    if (how === 'lost') await this.#lose()
    else if (!this.#cooperative) await this.#holdings.revoke([])
  }

  async #lose(): Promise<void> {
    this.#owned = []
    await this.#holdings.revoke([], true)
  }

  /** For partitions that topics have got: the leader gives them out. */
  #look(): void {
    const topics = this.#rounds.led
    if (topics.length === 0) return
    this.#o.cluster.refresh(topics).catch(error => {
      if (!this.#ended) this.#o.reports.failure(error as Error)
    })
  }

  #fail(error: Error): void {
    this.#end(error)
    this.#o.links.end()
    this.#o.reports.failure(error)
    this.#o.onFailed(error)
  }

  /* ---- the end ---- */

  async leave(): Promise<void> {
    if (this.#ended) return
    const { links } = this.#o
    this.#end()
    // the answer to a join may take long, and a farewell would wait behind it
    if (this.#joining) links.close()
    const left = this.#holdings.revoke([]).then(() => this.#rounds.leave())
    await within(LEAVE_MS, left).catch(() => undefined)
    links.end()
  }

  kill(): void {
    this.#end()
    void this.#holdings.revoke([], true)
    this.#o.links.end()
  }

  #end(why = new Error('the consumer left before it had joined')): void {
    this.#over.abort()
    clearInterval(this.#looks)
    this.#holdings.end()
    this.#first.fails(why)
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#over
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Whether the group knows the member no more, so that others have what it had. */
function isForgotten(error: unknown): boolean {
  return isRejoin(error) && (error as BrokerError).code !== errorCodes.REBALANCE_IN_PROGRESS
}
