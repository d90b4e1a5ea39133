/** A member of a KIP-848 group, and how it gets from what it has to what it is to have. */
import type { PartitionKey } from '../../protocol/balance.ts'
import { OBJECT_BYTES } from './offsets.ts'

/** Partitions of topics by their ids. */
export type PartitionKeys = ReadonlySet<PartitionKey>

/** `unrevoked`: it has to give up partitions first; `unreleased`: others have to, of which it gets some. */
type State = 'stable' | 'unrevoked' | 'unreleased'

/** Where the member is to get to. */
export interface Target {
  readonly epoch: number
  readonly partitions: PartitionKeys
  /** Whether a member has the partition, or has not given it up yet. */
  readonly taken: (partition: PartitionKey) => boolean
}

export class EpochMember {
  readonly id: string
  readonly instanceId: string | null
  clientId = ''
  clientHost = ''
  topics: readonly string[] = []
  assignor: string | null = null
  rebalanceTimeoutMs = 0
  epoch = 0
  previousEpoch = 0
  state: State = 'stable'
  assigned: PartitionKeys = new Set()
  /** To be given up, in the state `unrevoked`. */
  revoking: PartitionKeys = new Set()
  #session: NodeJS.Timeout | undefined
  #revocation: NodeJS.Timeout | undefined

  constructor(id: string, instanceId: string | null) {
    this.id = id
    this.instanceId = instanceId
  }

  /** The same static member under a new id, which joins with what the old one had. */
  successor(id: string): EpochMember {
    const member = new EpochMember(id, this.instanceId)
    const { topics, assignor, rebalanceTimeoutMs, state, assigned, revoking } = this
    return Object.assign(member, { topics, assignor, rebalanceTimeoutMs, state, assigned, revoking })
  }

  /** Memory held, in bytes, roughly. */
  get bytes(): number {
    let bytes =
      4 * OBJECT_BYTES + 2 * (this.id.length + (this.instanceId?.length ?? 0) + this.clientId.length)
    for (const topic of this.topics) bytes += OBJECT_BYTES + 2 * topic.length
    return bytes + (this.assigned.size + this.revoking.size) * OBJECT_BYTES
  }

  /**
   * One step towards the target.
   * @param owned what the member says that it has; undefined: it says nothing.
   */
  reconcile(target: Target, owned: PartitionKeys | undefined): void {
    if (this.state === 'stable' && this.epoch === target.epoch) return
    if (this.state === 'unrevoked' && ownsAny(owned, this.revoking)) return
    const epoch = this.state === 'unrevoked' ? this.epoch + 1 : this.epoch
    const keeps = intersection(this.assigned, target.partitions)
    const revoking = difference(this.assigned, keeps)
    if (revoking.size > 0 && ownsAny(owned, revoking)) {
      this.#become('unrevoked', epoch, keeps, revoking)
      return
    }
    const wanted = [...target.partitions].filter(each => !keeps.has(each))
    // what it had until now is free only once it is known to be given up
    const free = wanted.filter(each => !target.taken(each))
    const state = free.length < wanted.length ? 'unreleased' : 'stable'
    this.#become(state, target.epoch, new Set([...keeps, ...free]), new Set())
  }

  #become(state: State, epoch: number, assigned: PartitionKeys, revoking: PartitionKeys): void {
    this.previousEpoch = this.epoch
    this.epoch = epoch
    this.state = state
    this.assigned = assigned
    this.revoking = revoking
  }

  /** Starts or renews the session. */
  touch(timeoutMs: number, expire: () => void): void {
    clearTimeout(this.#session)
    this.#session = setTimeout(expire, timeoutMs)
  }

  /** Gives it the time that it said for giving up partitions; nothing where it has none to give up, or has been given it. */
  limitRevocation(expire: () => void): void {
    if (this.state !== 'unrevoked') {
      clearTimeout(this.#revocation)
      this.#revocation = undefined
    } else this.#revocation ??= setTimeout(expire, this.rebalanceTimeoutMs)
  }

  stop(): void {
    clearTimeout(this.#session)
    clearTimeout(this.#revocation)
  }
}

/** What says nothing may own all. */
function ownsAny(owned: PartitionKeys | undefined, of: PartitionKeys): boolean {
  return owned === undefined || [...of].some(each => owned.has(each))
}
function intersection(a: PartitionKeys, b: PartitionKeys): Set<PartitionKey> {
  return new Set([...a].filter(each => b.has(each)))
}
function difference(a: PartitionKeys, b: PartitionKeys): Set<PartitionKey> {
  return new Set([...a].filter(each => !b.has(each)))
}
