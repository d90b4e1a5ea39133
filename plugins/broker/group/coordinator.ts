import { randomUUID } from 'node:crypto'
import { errorCodes } from '../../protocol/errors.ts'
import { Group } from './group.ts'
import { type JoinResult, Member, type MemberProtocol, memberBytes, type SyncResult } from './member.ts'
import { type CommittedOffset, OBJECT_BYTES } from './offsets.ts'

/** Longest session timeout taken, in ms; there is no shortest but 1, so that tests can be quick. */
const MAX_SESSION_TIMEOUT_MS = 1_800_000
/** Memory of all groups together, in bytes, roughly. */
const MAX_BYTES = 64 * 1024 * 1024
/** Protocols (assignors) one member may offer. */
const MAX_PROTOCOLS = 100
/** Characters of the client's id that become part of its member id. */
const MEMBER_ID_PREFIX = 255

export interface JoinInput {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** JoinGroup v4 and later: a new member is first told its id and must come back with it. */
  readonly memberIdRequired: boolean
}

export interface SyncInput {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

export interface Caller {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** The group coordinator for classic groups: who may do what in which state. */
export class Coordinator {
  readonly #groups = new Map<string, Group>()
  readonly #maxBytes: number
  /** Upper bound of what all groups hold: everything since the last count is taken as added. */
  #held = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  all(): IterableIterator<Group> {
    return this.#groups.values()
  }

  #open(id: string): Group {
    let group = this.#groups.get(id)
    if (group === undefined) {
      group = new Group(id, () => this.#forget(id))
      this.#groups.set(id, group)
    }
    return group
  }

  #forget(id: string): void {
    if (this.#groups.get(id)?.forgettable) this.#groups.delete(id)
  }

  /** Whether `bytes` more may be kept. */
  #room(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) {
      this.#held = 0
      for (const group of this.#groups.values()) this.#held += group.bytes
    }
    if (this.#held + bytes > this.#maxBytes) return false
    this.#held += bytes
    return true
  }

  join(input: JoinInput): JoinResult | Promise<JoinResult> {
    const refuse = (errorCode: number): JoinResult => ({ errorCode, memberId: input.memberId })
    if (input.groupId === '') return refuse(errorCodes.INVALID_GROUP_ID)
    if (input.sessionTimeoutMs < 1 || input.sessionTimeoutMs > MAX_SESSION_TIMEOUT_MS) {
      return refuse(errorCodes.INVALID_SESSION_TIMEOUT)
    }
    const known = this.#groups.get(input.groupId)
    const existing = existingMember(known, input)
    if (typeof existing === 'number') return refuse(existing)
    const { protocolType, protocols } = input
    const offered = protocolType !== '' && protocols.length > 0 && protocols.length <= MAX_PROTOCOLS
    const replaced = existing ?? (known && staticMember(known, input.groupInstanceId))
    if (!offered || known?.accepts(protocolType, protocols, replaced) === false) {
      return refuse(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    }
    const { clientId, groupInstanceId, groupId } = input
    if (!this.#room(memberBytes(protocols, clientId, groupInstanceId, groupId, protocolType))) {
      return refuse(errorCodes.GROUP_MAX_SIZE_REACHED)
    }
    const group = known ?? this.#open(input.groupId)
    if (existing !== undefined) return rejoin(group, existing, input)
    return this.#joinNew(group, input)
  }

  #joinNew(group: Group, input: JoinInput): JoinResult | Promise<JoinResult> {
    let id = input.memberId
    if (id === '') {
      id = `${(input.groupInstanceId ?? input.clientId).slice(0, MEMBER_ID_PREFIX)}-${randomUUID()}`
      if (input.memberIdRequired && input.groupInstanceId === null) {
        group.addPending(id, input.sessionTimeoutMs)
        return { errorCode: errorCodes.MEMBER_ID_REQUIRED, memberId: id }
      }
    } else {
      group.removePending(id)
    }
    const replaced = staticMember(group, input.groupInstanceId)
    const member = new Member(id, input.groupInstanceId, input.clientId, input.clientHost)
    group.members.set(id, member)
    if (replaced) group.replace(replaced, member)
    group.protocolType = input.protocolType
    return waitForJoin(group, member, input)
  }

  sync(input: SyncInput): SyncResult | Promise<SyncResult> {
    const group = this.#groups.get(input.groupId)
    const member = memberOf(group, input)
    if (typeof member === 'number') return { errorCode: member }
    if (group === undefined) return { errorCode: errorCodes.UNKNOWN_MEMBER_ID }
    if (
      (input.protocolType !== null && input.protocolType !== group.protocolType) ||
      (input.protocolName !== null && input.protocolName !== group.protocol)
    ) {
      return { errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL }
    }
    member.touch(group)
    if (group.state === 'PreparingRebalance') return { errorCode: errorCodes.REBALANCE_IN_PROGRESS }
    if (group.state === 'Stable') return group.syncResult(member)
    if (member.id === group.leader) {
      let bytes = 0
      for (const assignment of input.assignments.values()) bytes += assignment.length
      if (!this.#room(bytes)) return { errorCode: errorCodes.GROUP_MAX_SIZE_REACHED }
    }
    return new Promise(resolve => {
      member.answerSync({ errorCode: errorCodes.REBALANCE_IN_PROGRESS })
      member.syncing = resolve
      if (member.id === group.leader) group.assign(input.assignments)
    })
  }

  heartbeat(groupId: string, caller: Caller): number {
    const group = this.#groups.get(groupId)
    const member = memberOf(group, caller)
    if (typeof member === 'number') return member
    if (group === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    member.touch(group)
    return group.state === 'PreparingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE
  }

  leave(groupId: string, memberId: string, instanceId: string | null): number {
    const group = this.#groups.get(groupId)
    if (group === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    const member =
      memberId === '' && instanceId !== null ? staticMember(group, instanceId) : group.members.get(memberId)
    if (member !== undefined) {
      if (instanceId !== null && member.instanceId !== instanceId) return errorCodes.FENCED_INSTANCE_ID
      group.remove(member)
      return errorCodes.NONE
    }
    if (!group.removePending(memberId)) return errorCodes.UNKNOWN_MEMBER_ID
    group.settle()
    this.#forget(groupId)
    return errorCodes.NONE
  }

  /** Whether this caller may commit offsets: an error code, NONE for yes. */
  mayCommit(groupId: string, caller: Caller): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    const group = this.#groups.get(groupId)
    // Without a generation it is a commit from outside, which a group with members does not take.
    if (caller.generationId < 0 && caller.memberId === '') {
      return group === undefined || group.members.size === 0 ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID
    }
    if (group === undefined) return errorCodes.ILLEGAL_GENERATION
    const member = memberOf(group, caller)
    if (typeof member === 'number') return member
    member.touch(group)
    return group.state === 'CompletingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE
  }

  /** Keeps an offset, after `mayCommit`: an error code. */
  commit(groupId: string, topic: string, partition: number, committed: CommittedOffset): number {
    const bytes = 2 * OBJECT_BYTES + 2 * (groupId.length + topic.length + committed.metadata.length)
    if (!this.#room(bytes)) return errorCodes.INVALID_COMMIT_OFFSET_SIZE
    this.#open(groupId).offsets.commit(topic, partition, committed)
    return errorCodes.NONE
  }

  /** Deletes a group without members: an error code. */
  delete(groupId: string): number {
    const group = this.#groups.get(groupId)
    if (group === undefined) return errorCodes.GROUP_ID_NOT_FOUND
    if (group.members.size > 0) return errorCodes.NON_EMPTY_GROUP
    group.close()
    this.#groups.delete(groupId)
    return errorCodes.NONE
  }

  /** A topic is gone, and with it what was committed for it. */
  topicDeleted(topic: string): void {
    for (const group of this.#groups.values()) {
      group.offsets.deleteTopic(topic)
      this.#forget(group.id)
    }
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
  }
}

function staticMember(group: Group, instanceId: string | null): Member | undefined {
  if (instanceId === null) return undefined
  for (const member of group.members.values()) if (member.instanceId === instanceId) return member
  return undefined
}

/** The member that calls, in its current generation, or an error code. */
function memberOf(group: Group | undefined, caller: Caller): Member | number {
  const member = group?.members.get(caller.memberId)
  if (group === undefined || member === undefined) {
    const fenced = group !== undefined && staticMember(group, caller.groupInstanceId) !== undefined
    return fenced ? errorCodes.FENCED_INSTANCE_ID : errorCodes.UNKNOWN_MEMBER_ID
  }
  return caller.generationId === group.generation ? member : errorCodes.ILLEGAL_GENERATION
}

/** The member that joins again; undefined for one that is new; an error code for an id nobody gave out. */
function existingMember(group: Group | undefined, input: JoinInput): Member | undefined | number {
  if (input.memberId === '' || group?.hasPending(input.memberId)) return undefined
  const member = group?.members.get(input.memberId)
  if (member !== undefined) return member
  return group === undefined || staticMember(group, input.groupInstanceId) === undefined
    ? errorCodes.UNKNOWN_MEMBER_ID
    : errorCodes.FENCED_INSTANCE_ID
}

function rejoin(group: Group, member: Member, input: JoinInput): JoinResult | Promise<JoinResult> {
  const same = member.sameProtocols(input.protocols)
  const answered =
    (group.state === 'CompletingRebalance' && same) ||
    (group.state === 'Stable' && same && member.id !== group.leader)
  if (!answered) return waitForJoin(group, member, input)
  member.touch(group)
  return group.joinResult(member)
}

function waitForJoin(group: Group, member: Member, input: JoinInput): Promise<JoinResult> {
  return new Promise(resolve => {
    member.answerJoin({ errorCode: errorCodes.REBALANCE_IN_PROGRESS })
    member.sessionTimeoutMs = input.sessionTimeoutMs
    member.rebalanceTimeoutMs = input.rebalanceTimeoutMs
    member.protocols = input.protocols
    member.joining = resolve
    member.touch(group)
    group.rebalance()
  })
}
