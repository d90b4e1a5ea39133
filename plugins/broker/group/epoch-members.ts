/** The members of a group by KIP-848: the broker assigns, and each member gets there in its own time. */
import { randomUUID } from 'node:crypto'
import { keyOf, type PartitionKey, partitionOf, topicOf } from '../../protocol/balance.ts'
import { errorCodes } from '../../protocol/errors.ts'
import { RefusedError } from '../refused.ts'
import { EpochMember } from './epoch-member.ts'
import { type CountedTopic, serverAssignors, type Targets } from './server-assignors.ts'

/** Instead of an epoch: the member joins, leaves, or leaves for a while. */
const JOIN = 0
const LEAVE = -1
const LEAVE_FOR_A_WHILE = -2

interface TopicShare {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface EpochRequest {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: readonly string[] | null
  readonly serverAssignor: string | null
  readonly topicPartitions: readonly TopicShare[] | null
  readonly clientId: string
  readonly clientHost: string
}

export interface EpochAnswer {
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs?: number
  readonly assignment?: { readonly topicPartitions: TopicShare[] }
}

/** Times in ms. */
export interface EpochTimes {
  readonly heartbeatMs: number
  readonly sessionMs: number
}

type CountOf = (topic: string) => CountedTopic | undefined

export class EpochMembers {
  readonly #members = new Map<string, EpochMember>()
  readonly #times: EpochTimes
  #epoch = 0
  /** Of the last targets: behind the group's epoch they are to be found anew. */
  #targetEpoch = 0
  #targets: Targets = new Map()
  #counted = ''

  constructor(times: EpochTimes) {
    this.#times = times
  }

  get size(): number {
    return this.#members.size
  }
  get bytes(): number {
    let bytes = 0
    for (const member of this.#members.values()) bytes += member.bytes
    return bytes
  }
  get state(): 'Empty' | 'Assigning' | 'Reconciling' | 'Stable' {
    if (this.size === 0) return 'Empty'
    if (this.#epoch > this.#targetEpoch) return 'Assigning'
    for (const { state, epoch } of this.#members.values())
      if (state !== 'stable' || epoch !== this.#targetEpoch) return 'Reconciling'
    return 'Stable'
  }

  /** Whether a member is subscribed to the topic. */
  wants(topic: string): boolean {
    for (const member of this.#members.values()) if (member.topics.includes(topic)) return true
    return false
  }

  /**
   * A member joins, stays or leaves.
   * @param countOf a topic that is there.
   * @throws RefusedError
   */
  heartbeat(request: EpochRequest, countOf: CountOf): EpochAnswer {
    if (request.memberEpoch < JOIN) return this.#leave(request)
    const member = this.#memberOf(request)
    const before = member.assigned
    const subscribed = this.#take(member, request)
    if (this.#recount(countOf) || subscribed) this.#epoch++
    if (this.#epoch > this.#targetEpoch) this.#assign(countOf)
    const target = {
      epoch: this.#targetEpoch,
      partitions: this.#targets.get(member.id) ?? new Set<PartitionKey>(),
      taken: this.#taken(),
    }
    member.reconcile(target, request.topicPartitions ? keysOf(request.topicPartitions) : undefined)
    const expire = () => this.#remove(member)
    member.touch(this.#times.sessionMs, expire)
    member.limitRevocation(expire)
    const { rebalanceTimeoutMs, subscribedTopicNames, topicPartitions } = request
    const whole = rebalanceTimeoutMs !== -1 && subscribedTopicNames !== null && topicPartitions !== null
    const told = request.memberEpoch === JOIN || whole || !same(before, member.assigned)
    return {
      memberId: member.id,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.#times.heartbeatMs,
      ...(told ? { assignment: { topicPartitions: sharesOf(member.assigned) } } : {}),
    }
  }

  /** The member that calls, in an epoch that it may be in. @throws RefusedError */
  #memberOf({ memberId, memberEpoch, instanceId, topicPartitions }: EpochRequest): EpochMember {
    const joins = memberEpoch === JOIN
    const same = instanceId === null ? undefined : this.#staticMember(instanceId)
    if (joins && same !== undefined) return this.#replace(same, memberId)
    if (instanceId !== null && !joins) this.#checkInstance(same, memberId, instanceId)
    let member = this.#members.get(memberId)
    if (member === undefined) {
      if (!joins) throw new RefusedError(errorCodes.UNKNOWN_MEMBER_ID, `Member ${memberId} is unknown.`)
      member = new EpochMember(memberId || randomUUID(), instanceId)
      this.#members.set(member.id, member)
      return member
    }
    const { epoch, previousEpoch, assigned } = member
    if (memberEpoch === epoch) return member
    // the answer that told of the new epoch may have been lost
    const lost = memberEpoch === previousEpoch && topicPartitions !== null
    if (lost && [...keysOf(topicPartitions)].every(key => assigned.has(key))) return member
    const relation = memberEpoch > epoch ? 'greater' : 'smaller'
    throw new RefusedError(
      errorCodes.FENCED_MEMBER_EPOCH,
      `The member has a ${relation} epoch (${memberEpoch}) than the one known here (${epoch}): it must rejoin.`,
    )
  }

  #staticMember(instanceId: string): EpochMember | undefined {
    for (const member of this.#members.values()) if (member.instanceId === instanceId) return member
    return undefined
  }

  #checkInstance(member: EpochMember | undefined, memberId: string, instanceId: string): void {
    if (member === undefined)
      throw new RefusedError(errorCodes.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
    if (member.id !== memberId)
      throw new RefusedError(errorCodes.FENCED_INSTANCE_ID, `Instance ${instanceId} is ${member.id} by now.`)
  }

  /** A static member that had left for a while is back, under a new id. */
  #replace(old: EpochMember, memberId: string): EpochMember {
    const { id, epoch, instanceId } = old
    if (epoch !== LEAVE_FOR_A_WHILE)
      throw new RefusedError(
        errorCodes.UNRELEASED_INSTANCE_ID,
        `Instance ${instanceId} is owned by member ${id}, which has not left.`,
      )
    old.stop()
    const member = old.successor(memberId || randomUUID())
    this.#members.delete(id)
    this.#members.set(member.id, member)
    const target = this.#targets.get(id) ?? new Set<PartitionKey>()
    this.#targets = new Map([...this.#targets].filter(([each]) => each !== id).concat([[member.id, target]]))
    return member
  }

  /** What a member says of itself; whether it is subscribed otherwise than before. */
  #take(member: EpochMember, request: EpochRequest): boolean {
    const { rebalanceTimeoutMs, subscribedTopicNames: topics, serverAssignor } = request
    member.clientId = request.clientId
    member.clientHost = request.clientHost
    if (rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = rebalanceTimeoutMs
    const before = [member.topics, member.assignor]
    if (topics !== null) member.topics = [...new Set(topics)].sort()
    member.assignor = serverAssignor ?? member.assignor
    const fresh = !this.#targets.has(member.id)
    return fresh || JSON.stringify(before) !== JSON.stringify([member.topics, member.assignor])
  }

  /** Looks whether topics have come, gone or grown. */
  #recount(countOf: CountOf): boolean {
    const counted = JSON.stringify(this.#topics(countOf))
    const changed = counted !== this.#counted
    this.#counted = counted
    return changed
  }

  #topics(countOf: CountOf): CountedTopic[] {
    const names = new Set([...this.#members.values()].flatMap(each => each.topics))
    return [...names].sort().flatMap(name => countOf(name) ?? [])
  }

  #assign(countOf: CountOf): void {
    const members = [...this.#members.values()].map(({ id, topics }) => ({
      id,
      topics: new Set(topics.flatMap(name => countOf(name)?.id ?? [])),
      before: this.#targets.get(id) ?? new Set<PartitionKey>(),
    }))
    this.#targets = this.#assignor(members, this.#topics(countOf))
    this.#targetEpoch = this.#epoch
  }

  /** What most of those who say so want. */
  get #assignor() {
    const votes = Map.groupBy(this.#members.values(), each => each.assignor ?? '')
    const [first] = [...votes].filter(([name]) => name !== '').sort((a, b) => b[1].length - a[1].length)
    const [fallback] = serverAssignors.values()
    return serverAssignors.get(first?.[0] ?? '') ?? fallback!
  }

  #taken(): (key: PartitionKey) => boolean {
    const taken = new Set<PartitionKey>()
    for (const { assigned, revoking } of this.#members.values()) {
      for (const key of assigned) taken.add(key)
      for (const key of revoking) taken.add(key)
    }
    return key => taken.has(key)
  }

  #leave({ memberId, memberEpoch, instanceId }: EpochRequest): EpochAnswer {
    if (instanceId !== null) this.#checkInstance(this.#staticMember(instanceId), memberId, instanceId)
    const member = this.#members.get(memberId)
    if (member === undefined)
      throw new RefusedError(errorCodes.UNKNOWN_MEMBER_ID, `Member ${memberId} is unknown.`)
    if (memberEpoch === LEAVE) this.#remove(member)
    else {
      // others may have what it was to give up; its session goes on
      member.epoch = LEAVE_FOR_A_WHILE
      member.revoking = new Set()
    }
    return { memberId, memberEpoch }
  }

  #remove(member: EpochMember): void {
    member.stop()
    if (this.#members.get(member.id) !== member) return
    this.#members.delete(member.id)
    this.#targets = new Map([...this.#targets].filter(([id]) => id !== member.id))
    this.#epoch++
  }

  /** Whether a member may commit or fetch offsets in this epoch: an error code. */
  check(memberId: string, epoch: number): number {
    const member = this.#members.get(memberId)
    if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    return member.epoch === epoch ? errorCodes.NONE : errorCodes.STALE_MEMBER_EPOCH
  }

  close(): void {
    for (const member of this.#members.values()) member.stop()
    this.#members.clear()
  }
}

function keysOf(shares: readonly TopicShare[]): Set<PartitionKey> {
  return new Set(shares.flatMap(({ topicId, partitions }) => partitions.map(each => keyOf(topicId, each))))
}

function sharesOf(keys: ReadonlySet<PartitionKey>): TopicShare[] {
  return [...Map.groupBy(keys, topicOf)].map(([topicId, some]) => ({
    topicId,
    partitions: some.map(partitionOf).sort((a, b) => a - b),
  }))
}

function same(a: ReadonlySet<PartitionKey>, b: ReadonlySet<PartitionKey>): boolean {
  return a.size === b.size && [...a].every(key => b.has(key))
}
