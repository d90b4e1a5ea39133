/** What all kinds of members have in common, whichever protocol their group has. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerOptions, Offsets } from '../../../../core/plugin.ts'
import type { Cluster } from '../cluster.ts'
import type { Links } from './links.ts'
import type { Identity } from './offsets.ts'
import type { Partition } from './partition.ts'
import type { Reports } from './reports.ts'
import type { Tuning } from './tuning.ts'

export interface MemberOptions {
  readonly cluster: Cluster
  /** Nobody else uses them. */
  readonly links: Links
  readonly group: string
  readonly instance: string | undefined
  /** Of a classic group. */
  readonly assignor: ConsumerOptions['assignor']
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

export interface Membership {
  /** Those of the last assignment, until there is another one. */
  readonly partitions: readonly Partition[]
  readonly identity: Identity
  /** Resolves when the member has an assignment (which may be empty) and a position in each partition of it. */
  join(): Promise<void>
  /**
   * @param offsets by default how far it has read what it has.
   * @throws BrokerError when it is refused; after `timeoutUs` also for what might have passed.
   */
  commit(offsets?: readonly Offsets[]): Promise<void>
  /** Reads on where the group has it. */
  rewind(): Promise<void>
  /** Commits, and says farewell; what that takes too long for is left. */
  leave(): Promise<void>
  /** The group hears of it by the session's time-out. */
  kill(): void
}

/** Resolves to undefined when it takes longer; what comes of it then is nobody's concern. */
export async function within<T>(ms: number, doing: Promise<T>): Promise<T | undefined> {
  const enough = new AbortController()
  const late = sleep(Math.max(0, ms), undefined, { signal: enough.signal }).catch(() => undefined)
  try {
    return await Promise.race([doing, late])
  } finally {
    enough.abort()
    doing.catch(() => undefined)
  }
}

/** Settled when the member first has positions; rejected when that takes longer than `timeoutUs`, or never comes. */
export class FirstAssignment {
  readonly #ready = Promise.withResolvers<void>()
  settled = false

  constructor() {
    this.#ready.promise.catch(() => undefined) // whoever joins hears of it; nobody else needs to
  }
  is(): void {
    this.settled = true
    this.#ready.resolve()
  }
  fails(error: Error): void {
    this.#ready.reject(error)
  }
  async within({ group, timeoutUs }: MemberOptions): Promise<void> {
    const late = new Error(`no assignment in group ${group} within ${timeoutUs / 1e6} s`)
    const timer = setTimeout(() => this.#ready.reject(late), timeoutUs / 1000)
    try {
      await this.#ready.promise
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Tells of rebalances: when one begins, and what is gone when it is over. */
export class Rebalance {
  readonly #o: MemberOptions
  #before: readonly Partition[] | undefined

  constructor(options: MemberOptions) {
    this.#o = options
  }

  /** @param partitions that the member has as it begins. */
  begins(partitions: readonly Partition[]): void {
    if (this.#before !== undefined) return
    this.#before = partitions
    this.#o.reports.rebalance(this.#o.group, 'start', 0)
  }
  /** @param partitions that it has now. */
  ends(partitions: readonly Partition[]): void {
    if (this.#before === undefined) return
    const still = (old: Partition) =>
      partitions.some(each => each.topic === old.topic && each.number === old.number)
    this.#o.reports.rebalance(this.#o.group, 'end', this.#before.filter(each => !still(each)).length)
    this.#before = undefined
  }
}
