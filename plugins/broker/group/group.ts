import { errorCodes } from '../../protocol/errors.ts'
import { javaHash } from '../java-hash.ts'
import type { EpochMembers } from './epoch-members.ts'
import type { JoinResult, Member, SyncResult } from './member.ts'
import { CommittedOffsets, OBJECT_BYTES } from './offsets.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

const NO_MEMBER = ''
/** Protocol type of groups whose members are consumers, and tell what they are subscribed to. */
export const CONSUMER_PROTOCOL = 'consumer'

/** Where Java's HashMap of 16 buckets, and so Kafka, has a text: what it finds first when it goes through them. */
function bucketOf(text: string): number {
  const hash = javaHash(text)
  return (hash ^ (hash >>> 16)) & 15
}

/**
 * One group, classic unless it has `epochMembers`. A rebalance of a classic group has two rounds: every member joins (PreparingRebalance), then the leader
 * sends the assignment and all others fetch theirs (CompletingRebalance). Members that miss a round are removed.
 */
export class Group {
  readonly id: string
  readonly offsets = new CommittedOffsets()
  readonly members = new Map<string, Member>()
  /** Its members by KIP-848; a classic group has none of these. */
  epochMembers: EpochMembers | undefined
  state: GroupState = 'Empty'
  generation = 0
  protocolType: string | null = null
  protocol: string | null = null
  leader = NO_MEMBER
  /** Ids given out to members that have not come back with them yet, with the timers that forget them. */
  readonly #pending = new Map<string, NodeJS.Timeout>()
  #round: NodeJS.Timeout | undefined

  constructor(id: string) {
    this.id = id
  }

  /** Whether it has no members of either kind. */
  get empty(): boolean {
    return this.members.size === 0 && (this.epochMembers?.size ?? 0) === 0
  }

  /** Whether there is nothing left to know about it. */
  get forgettable(): boolean {
    return this.empty && this.#pending.size === 0 && this.offsets.empty
  }

  /** Memory held, in bytes, roughly. */
  get bytes(): number {
    let bytes = this.offsets.bytes + 4 * (1 + this.#pending.size) * OBJECT_BYTES
    bytes += 2 * (this.id.length + (this.protocolType?.length ?? 0))
    for (const member of this.members.values()) bytes += member.bytes
    return bytes + (this.epochMembers?.bytes ?? 0)
  }

  /** Whether a member with these protocols fits in with those that are here. */
  accepts(protocolType: string, protocols: readonly { readonly name: string }[], except?: Member): boolean {
    const others = [...this.members.values()].filter(member => member !== except)
    if (others.length === 0) return true
    if (this.protocolType !== protocolType) return false
    return protocols.some(each => others.every(member => member.supports(each.name)))
  }

  addPending(memberId: string, timeoutMs: number): void {
    const timer = setTimeout(() => {
      this.#pending.delete(memberId)
      this.settle()
    }, timeoutMs)
    this.#pending.set(memberId, timer)
  }

  hasPending(memberId: string): boolean {
    return this.#pending.has(memberId)
  }

  removePending(memberId: string): boolean {
    clearTimeout(this.#pending.get(memberId))
    return this.#pending.delete(memberId)
  }

  /** Begins a rebalance, or lets a member into the one that is going on. */
  rebalance(): void {
    if (this.state === 'CompletingRebalance') {
      for (const member of this.members.values()) {
        member.assignment = Buffer.alloc(0)
        member.answerSync({ errorCode: errorCodes.REBALANCE_IN_PROGRESS })
        member.touch(this)
      }
    }
    if (this.state !== 'PreparingRebalance') {
      this.state = 'PreparingRebalance'
      this.#startRound(() => this.#joinTimedOut())
    }
    this.settle()
  }

  #startRound(onTimeout: () => void): void {
    clearTimeout(this.#round)
    let timeoutMs = 0
    for (const member of this.members.values()) timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs)
    this.#round = setTimeout(onTimeout, Math.max(timeoutMs, 1))
  }

  /** Completes the first round once everybody has come. */
  settle(): void {
    if (this.state !== 'PreparingRebalance' || this.#pending.size > 0) return
    for (const member of this.members.values()) if (!member.joining) return
    this.#completeJoin()
  }

  #joinTimedOut(): void {
    for (const member of [...this.members.values()]) if (!member.joining) this.#drop(member)
    this.#completeJoin()
  }

  #completeJoin(): void {
    clearTimeout(this.#round)
    this.generation++
    if (this.members.size === 0) {
      this.state = 'Empty'
      this.protocol = null
      this.leader = NO_MEMBER
      return
    }
    this.state = 'CompletingRebalance'
    this.protocol = this.vote()
    if (!this.members.has(this.leader)) this.leader = this.members.keys().next().value!
    for (const member of this.members.values()) {
      member.answerJoin(this.joinResult(member))
      member.touch(this)
    }
    this.#startRound(() => this.#syncTimedOut())
  }

  /** The protocol that most members like best among those that all support; of equal ones that which Kafka would find first. */
  vote(): string {
    const members = [...this.members.values()]
    const votes = new Map<string, number>()
    for (const member of members) {
      const choice = member.protocols.find(each => members.every(other => other.supports(each.name)))
      if (choice) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    let best = ''
    for (const [name, count] of votes) {
      const lead = count - (votes.get(best) ?? 0)
      if (lead > 0 || (lead === 0 && bucketOf(name) < bucketOf(best))) best = name
    }
    return best
  }

  #syncTimedOut(): void {
    if (this.state !== 'CompletingRebalance') return
    for (const member of [...this.members.values()]) if (!member.syncing) this.#drop(member)
    this.rebalance()
  }

  /** What JoinGroup answers to a member of the current generation; only the leader sees all members. */
  joinResult(member: Member): JoinResult {
    const members = []
    if (member.id === this.leader) {
      for (const each of this.members.values()) {
        const metadata = each.metadataFor(this.protocol ?? '')
        members.push({ memberId: each.id, groupInstanceId: each.instanceId, metadata })
      }
    }
    return {
      errorCode: errorCodes.NONE,
      generationId: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocol,
      leader: this.leader,
      memberId: member.id,
      members,
    }
  }

  /** The leader's assignment is here: everyone gets theirs. */
  assign(assignments: ReadonlyMap<string, Buffer>): void {
    clearTimeout(this.#round)
    this.state = 'Stable'
    for (const member of this.members.values()) {
      member.assignment = assignments.get(member.id) ?? Buffer.alloc(0)
      if (member.syncing) {
        member.answerSync(this.syncResult(member))
        member.touch(this)
      }
    }
  }

  syncResult(member: Member): SyncResult {
    const { protocolType, protocol } = this
    return { errorCode: errorCodes.NONE, protocolType, protocolName: protocol, assignment: member.assignment }
  }

  /** Takes a member out and rebalances the others. */
  remove(member: Member): void {
    this.#drop(member)
    if (this.state === 'Stable' || this.state === 'CompletingRebalance') this.rebalance()
    else this.settle()
  }

  /** A static member has come back under a new id: the old id is fenced, its assignment and leadership go over. */
  replace(old: Member, by: Member): void {
    old.stop()
    this.members.delete(old.id)
    this.members.set(by.id, by)
    by.assignment = old.assignment
    if (this.leader === old.id) this.leader = by.id
    old.answerJoin({ errorCode: errorCodes.FENCED_INSTANCE_ID })
    old.answerSync({ errorCode: errorCodes.FENCED_INSTANCE_ID })
  }

  /** A member's session has run out. */
  expire(member: Member): void {
    if (this.members.get(member.id) === member) this.remove(member)
  }

  #drop(member: Member): void {
    member.stop()
    this.members.delete(member.id)
    if (this.leader === member.id) this.leader = NO_MEMBER
    member.answerJoin({ errorCode: errorCodes.UNKNOWN_MEMBER_ID })
    member.answerSync({ errorCode: errorCodes.UNKNOWN_MEMBER_ID })
  }

  /** Another broker coordinates from now on: whoever waits for an answer is to ask there. */
  moved(): void {
    for (const member of this.members.values()) {
      member.answerJoin({ errorCode: errorCodes.NOT_COORDINATOR, memberId: member.id })
      member.answerSync({ errorCode: errorCodes.NOT_COORDINATOR })
    }
  }

  /** Ends all timers and waiting answers: the broker closes, or the group is deleted. */
  close(): void {
    this.state = 'Dead'
    clearTimeout(this.#round)
    for (const timer of this.#pending.values()) clearTimeout(timer)
    this.#pending.clear()
    for (const member of [...this.members.values()]) this.#drop(member)
    this.epochMembers?.close()
  }
}
