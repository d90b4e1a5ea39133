/** A member of a classic group, from joining to leaving, through all rebalances. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Offsets } from '../../../../core/plugin.ts'
import { backoffMs, type Cluster } from '../cluster.ts'
import { Coordinator } from './coordinator.ts'
import type { Links } from './links.ts'
import { commitOffsets, type PartitionName } from './offsets.ts'
import type { Partition } from './partition.ts'
import { resolvePositions } from './positions.ts'
import type { Reports } from './reports.ts'
import { isPassing, isRejoin } from './retrying.ts'
import { Rounds } from './rounds.ts'
import type { Tuning } from './tuning.ts'

const LEAVE_MS = 5000

export interface MemberOptions {
  readonly cluster: Cluster
  /** Nobody else uses them. */
  readonly links: Links
  readonly group: string
  readonly instance: string | undefined
  readonly topics: readonly string[]
  readonly from: 'latest' | 'earliest'
  /** read_committed */
  readonly committed: boolean
  readonly tuning: Tuning
  readonly timeoutUs: number
  readonly reports: Reports
  /** These are to be read from now on, and no others. */
  readonly assign: (partitions: readonly Partition[]) => void
  /** It is no member any more, and cannot become one. */
  readonly onFailed: (error: Error) => void
}

export class Member {
  readonly #o: MemberOptions
  readonly #coordinator: Coordinator
  readonly #rounds: Rounds
  readonly #ready = Promise.withResolvers<void>()
  readonly #over = new AbortController()
  readonly #commits: NodeJS.Timeout
  #partitions: readonly Partition[] = []
  #generation = 0
  #joining = true
  /** False between a new assignment and its positions. */
  #settled = false
  #rebalancing = false

  constructor(options: MemberOptions) {
    const { cluster, links, group, tuning } = options
    this.#o = options
    this.#coordinator = new Coordinator(cluster, links, group)
    this.#rounds = new Rounds({ ...options, coordinator: this.#coordinator })
    this.#ready.promise.catch(() => undefined) // whoever joins hears of it; nobody else needs to
    this.#commits = setInterval(() => void this.#commitQuietly(), tuning.commitMs).unref()
  }

  /** Resolves when the member has an assignment (which may be empty) and a position in each partition of it. */
  async join(): Promise<void> {
    const { group, timeoutUs } = this.#o
    const late = new Error(`no assignment in group ${group} within ${timeoutUs / 1e6} s`)
    const timer = setTimeout(() => this.#ready.reject(late), timeoutUs / 1000)
    void this.#run()
    try {
      await this.#ready.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Those of the last assignment, until there is another one. */
  get partitions(): readonly Partition[] {
    return this.#partitions
  }

  get #ended(): boolean {
    return this.#over.signal.aborted
  }

  async #run(): Promise<void> {
    const { reports } = this.#o
    for (let failures = 0; !this.#ended; ) {
      try {
        this.#joining = true
        const assigned = await this.#rounds.join()
        this.#joining = false
        if (this.#ended) return
        failures = 0
        void this.#settle(assigned, ++this.#generation)
        await this.#revoke(await this.#beat())
      } catch (error) {
        if (this.#ended) return
        if (!isPassing(error) && !isRejoin(error)) return this.#fail(error as Error)
        if (!isRejoin(error)) reports.failure(error as Error)
        await this.#sleep(backoffMs(++failures))
      }
    }
  }

  /* ---- a generation ---- */

  /**
   * Positions first, so that subscribing can say "from here on nothing is missed". What the group does not know yet is
   * committed, so that whoever gets the partition next begins at the same place.
   */
  async #settle(assigned: readonly PartitionName[], generation: number): Promise<void> {
    const { cluster, topics, assign, reports, group } = this.#o
    const current = () => generation === this.#generation && !this.#ended
    const options = { ...this.#o, coordinator: this.#coordinator }
    for (let failures = 1; current(); failures++) {
      try {
        const before = this.#partitions
        const partitions = await resolvePositions(options, assigned, before)
        if (!current()) return
        await this.#commitAll(partitions.filter(each => each.committed < 0))
        if (!current()) return
        this.#partitions = partitions
        this.#settled = true
        assign(partitions)
        this.#ready.resolve()
        if (!this.#rebalancing) return
        this.#rebalancing = false
        const still = (old: Partition) =>
          partitions.some(each => each.topic === old.topic && each.number === old.number)
        reports.rebalance(group, 'end', before.filter(each => !still(each)).length)
        return
      } catch (error) {
        if (!current()) return
        // as a rule the next heartbeat says so too, and this was the last try
        if (!isRejoin(error)) {
          if (!isPassing(error)) return this.#fail(error as Error)
          reports.failure(error as Error)
          await cluster.refresh(topics).catch(reason => reports.failure(reason as Error))
        }
        await this.#sleep(backoffMs(failures))
      }
    }
  }

  /** Heartbeats, until the member has to join anew: whether what it had is lost. */
  async #beat(): Promise<'lost' | undefined> {
    const { tuning, reports, links } = this.#o
    let heardAt = performance.now()
    for (;;) {
      await this.#sleep(tuning.heartbeatMs)
      if (this.#ended) return undefined
      const left = heardAt + tuning.sessionMs - performance.now()
      const answer = await this.#beatWithin(left).catch(error => {
        if (!isPassing(error) || this.#ended) throw error
        reports.failure(error)
        return undefined
      })
      if (answer === false) return undefined
      // the group has given it up, or will have by now: others read what it had
      if (answer === 'lost') return 'lost'
      if (answer === true) heardAt = performance.now()
      else if (performance.now() - heardAt >= tuning.sessionMs) {
        // an answer that comes later than that is about a membership of the past
        links.close()
        return 'lost'
      }
    }
  }

  async #beatWithin(ms: number): Promise<boolean | 'lost' | undefined> {
    const answered = new AbortController()
    const beating = this.#rounds.beat()
    const late = sleep(Math.max(0, ms), undefined, { signal: answered.signal }).catch(() => undefined)
    try {
      return await Promise.race([beating, late])
    } finally {
      answered.abort()
      beating.catch(() => undefined)
    }
  }

  /** Nothing of the old generation is delivered from here on. */
  async #revoke(how: 'lost' | undefined): Promise<void> {
    if (this.#ended) return
    const { assign, reports, group } = this.#o
    this.#generation++
    assign([])
    if (!this.#rebalancing) reports.rebalance(group, 'start', 0)
    this.#rebalancing = true
    if (how !== 'lost') await this.#commitQuietly()
    this.#settled = false
  }

  #fail(error: Error): void {
    this.#ready.reject(error)
    this.#end()
    this.#o.links.end()
    this.#o.reports.failure(error)
    this.#o.onFailed(error)
  }

  /* ---- commits ---- */

  /** @throws BrokerError when it is refused; after `timeoutUs` also for what might have passed. */
  async commit(offsets: readonly Offsets[]): Promise<void> {
    const end = performance.now() + this.#o.timeoutUs / 1000
    for (let failures = 1; ; failures++) {
      try {
        await commitOffsets(this.#coordinator, this.#rounds.identity, offsets)
        return
      } catch (error) {
        if (!isPassing(error) || performance.now() > end) throw error
      }
      await sleep(backoffMs(failures))
    }
  }

  async #commitAll(partitions: readonly Partition[]): Promise<void> {
    if (partitions.length === 0) return
    const offsets = partitions.map(({ topic, number: partition, offset }) => ({ topic, partition, offset }))
    await commitOffsets(this.#coordinator, this.#rounds.identity, offsets)
    for (const [i, each] of partitions.entries()) each.committed = (offsets[i] as Offsets).offset
  }

  async #commitQuietly(): Promise<void> {
    if (!this.#settled) return
    try {
      await this.#commitAll(this.#partitions.filter(each => each.committed !== each.offset))
    } catch (error) {
      if (!isRejoin(error)) this.#o.reports.error('CommitFailed', (error as Error).message)
    }
  }

  /* ---- the end ---- */

  async leave(): Promise<void> {
    if (this.#ended) return
    this.#end()
    const { links } = this.#o
    // the answer to a join may take long, and a farewell would wait behind it
    if (this.#joining) links.close()
    const left = this.#commitQuietly().then(() => this.#rounds.leave())
    const enough = new AbortController()
    const late = sleep(LEAVE_MS, undefined, { signal: enough.signal })
    await Promise.race([left, late]).catch(() => undefined)
    enough.abort()
    late.catch(() => undefined)
    links.end()
  }

  /** The group hears of it by the session's time-out. */
  kill(): void {
    this.#end()
    this.#o.links.end()
  }

  #end(): void {
    this.#over.abort()
    clearInterval(this.#commits)
    this.#o.assign([])
    this.#ready.reject(new Error('the consumer left before it had joined'))
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#over
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
