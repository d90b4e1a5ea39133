/**
 * A member of a group of KIP-848, where the broker assigns: it tells each member what to have, the member gives up what is
 * not in it, begins with what is new, and says so. Nobody else stops reading meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Offsets } from '../../../../core/plugin.ts'
import { backoffMs } from '../cluster.ts'
import { Coordinator } from './coordinator.ts'
import { EpochCalls, type Share } from './epoch-calls.ts'
import { Holdings } from './holdings.ts'
import { FirstAssignment, type MemberOptions, type Membership, Rebalance, within } from './membership.ts'
import type { Identity } from './offsets.ts'
import type { Partition } from './partition.ts'
import { isPassing, isRejoin } from './retrying.ts'

const LEAVE_MS = 5000
/** After which it looks whether it is to have something else by now; a partition may have no leader just now. */
const PATIENCE_MS = 10_000

export class EpochMember implements Membership {
  readonly #o: MemberOptions
  readonly #calls: EpochCalls
  readonly #holdings: Holdings
  readonly #rebalance: Rebalance
  readonly #first = new FirstAssignment()
  readonly #over = new AbortController()
  /** Aborted when there is something to tell before the next heartbeat is due. */
  #news = new AbortController()
  /** What the broker says that it is to have. */
  #assigned: readonly Share[] | undefined
  /** What it says that it has. */
  #owned: readonly Share[] = []
  #reconciling = false
  /** ms of performance.now(): it is quick until then. */
  #startsUntil = 0
  /** Counts how often it had to begin anew: what was begun before is of no use then. */
  #life = 0

  constructor(options: MemberOptions) {
    const { cluster, links, group, tuning } = options
    const coordinator = new Coordinator(cluster, links, group)
    const { commitMs } = tuning
    this.#o = options
    this.#calls = new EpochCalls({ ...options, coordinator })
    this.#holdings = new Holdings({
      ...options,
      coordinator,
      commitMs,
      identity: () => this.identity,
      asker: () => ({ memberId: this.identity.memberId, memberEpoch: this.identity.generation }),
    })
    this.#rebalance = new Rebalance(options)
  }

  async join(): Promise<void> {
    this.#startsUntil = performance.now() + this.#o.tuning.startMs
    void this.#run()
    await this.#first.within(this.#o)
  }
  get partitions(): readonly Partition[] {
    return this.#holdings.partitions
  }
  get identity(): Identity {
    return this.#calls.identity
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
    const { reports, tuning, links } = this.#o
    let heardAt = performance.now()
    for (let failures = 0; !this.#ended; ) {
      try {
        const left = heardAt + tuning.sessionMs - performance.now()
        const answer = await within(left, this.#calls.beat(this.#owned))
        if (this.#ended) return
        if (answer === undefined) {
          // an answer that comes later than that is about a membership of the past
          links.close()
          heardAt = performance.now()
          await this.#lose()
          continue
        }
        heardAt = performance.now()
        failures = 0
        if (answer.assigned !== undefined) {
          this.#assigned = answer.assigned
          void this.#reconcile()
        }
        const starting = performance.now() < this.#startsUntil
        if (!starting && this.#assigned === undefined) this.#first.is()
        await this.#pause(starting ? Math.min(answer.intervalMs, tuning.heartbeatMs) : answer.intervalMs)
      } catch (error) {
        if (this.#ended) return
        if (isRejoin(error)) await this.#lose()
        else if (isPassing(error)) reports.failure(error as Error)
        else return this.#fail(error as Error)
        await this.#sleep(backoffMs(++failures))
      }
    }
  }

  /** Others have by now what it had: nothing of that is delivered or committed any more. */
  async #lose(): Promise<void> {
    this.#life++
    this.#assigned = undefined
    this.#owned = []
    this.#calls.forget()
    if (this.partitions.length > 0) this.#rebalance.begins(this.partitions)
    await this.#holdings.revoke([], true)
  }

  /**
   * Makes what it has what it is to have, one assignment after the other. Each is finished, though there may be another one
   * already: nobody else would know where a partition begins that it is to give up.
   */
  async #reconcile(): Promise<void> {
    if (this.#reconciling) return
    this.#reconciling = true
    try {
      for (let tries = 1; this.#assigned !== undefined && !this.#ended; ) {
        const wanted = this.#assigned
        const life = this.#life
        const { names, known } = this.#calls.named(wanted)
        const wholly = known.length === wanted.length
        // of the first it hears by having joined; but who joined with nothing is to hear of what it gets
        const joined = this.partitions.length > 0 || this.#first.settled
        if (joined && !this.#holdings.are(names)) this.#rebalance.begins(this.partitions)
        await this.#holdings.revoke(names)
        if (life !== this.#life || this.#ended) continue
        const settled = await within(PATIENCE_MS, this.#holdings.settle(names))
        if (life !== this.#life || this.#ended) continue
        if (settled) this.#tell(known, wholly)
        if (this.#assigned !== wanted) tries = 1
        else if (settled && wholly) this.#assigned = undefined
        else {
          await this.#o.cluster
            .refresh(this.#o.topics)
            .catch(error => this.#o.reports.failure(error as Error))
          await this.#sleep(backoffMs(tries++))
        }
      }
    } catch (error) {
      if (!this.#ended) this.#fail(error as Error)
    } finally {
      this.#reconciling = false
    }
  }

  /** It has what it is to have: the group and its user are told. */
  #tell(owned: readonly Share[], wholly: boolean): void {
    this.#owned = owned
    this.#news.abort()
    if (!wholly) return
    this.#rebalance.ends(this.partitions)
    if (owned.length > 0) this.#first.is()
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
    this.#end()
    const left = this.#holdings.revoke([]).then(() => this.#calls.leave())
    await within(LEAVE_MS, left).catch(() => undefined)
    this.#o.links.end()
  }

  kill(): void {
    this.#end()
    void this.#holdings.revoke([], true)
    this.#o.links.end()
  }

  #end(why = new Error('the consumer left before it had joined')): void {
    this.#over.abort()
    this.#news.abort()
    this.#holdings.end()
    this.#first.fails(why)
  }

  /** Until the next heartbeat is due, or there is something to tell. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#news.signal, ref: false }).catch(() => undefined)
    if (!this.#ended) this.#news = new AbortController()
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#over
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
