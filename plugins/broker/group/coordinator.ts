import { randomUUID } from 'node:crypto'
import { errorCodes } from '../../protocol/errors.ts'
import { RefusedError } from '../refused.ts'
import { type EpochAnswer, EpochMembers, type EpochRequest, type EpochTimes } from './epoch-members.ts'
import { CONSUMER_PROTOCOL, Group } from './group.ts'
import { type Caller, identified, memberOf, staticMember } from './identity.ts'
import { existingMember, type JoinInput, rejoin, takeOver, waitForJoin } from './join.ts'
import { type JoinResult, Member, memberBytes, type SyncResult } from './member.ts'
import { type CommittedOffset, OBJECT_BYTES } from './offsets.ts'
import type { CountedTopic } from './server-assignors.ts'
import { isSubscribed } from './subscription.ts'

/** The first version of OffsetCommit that knows members by KIP-848. */
const KNOWS_EPOCHS = 9
/** Longest session timeout taken, in ms; there is no shortest but 1, so that tests can be quick. */
const MAX_SESSION_TIMEOUT_MS = 1_800_000
/** Memory of all groups together, in bytes, roughly. */
const MAX_BYTES = 64 * 1024 * 1024
/** Protocols (assignors) one member may offer. */
const MAX_PROTOCOLS = 100
/** Characters of the client's id that become part of its member id. */
const MEMBER_ID_PREFIX = 255

export interface SyncInput {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

/** As `group.consumer.heartbeat.interval.ms` and `group.consumer.session.timeout.ms`. */
const TIMES: EpochTimes = { heartbeatMs: 5000, sessionMs: 45_000 }

/** The group coordinator: who may do what in which state. */
export class Coordinator {
  readonly #groups = new Map<string, Group>()
  readonly #maxBytes: number
  readonly #times: EpochTimes
  /** Upper bound of what all groups hold: everything since the last count is taken as added. */
  #held = 0

  constructor(maxBytes = MAX_BYTES, times = TIMES) {
    this.#maxBytes = maxBytes
    this.#times = times
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
      group = new Group(id)
      this.#groups.set(id, group)
    }
    return group
  }

  /** Whether `bytes` more may be kept, after forgetting groups with neither members nor offsets. */
  #room(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) {
      this.#held = 0
      for (const group of this.#groups.values()) {
        if (group.forgettable) this.#groups.delete(group.id)
        else this.#held += group.bytes
      }
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
    if (known?.epochMembers !== undefined) {
      if (!known.empty) return refuse(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
      known.epochMembers = undefined
    }
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
    group.protocolType = input.protocolType
    if (replaced) return takeOver(group, replaced, member, input)
    group.members.set(id, member)
    return waitForJoin(group, member, input)
  }

  sync(input: SyncInput): SyncResult | Promise<SyncResult> {
    if (input.groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID }
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

  /**
   * A member by KIP-848 joins, stays or leaves.
   * @param countOf a topic that is there.
   * @throws RefusedError
   */
  epochHeartbeat(
    groupId: string,
    request: EpochRequest,
    countOf: (topic: string) => CountedTopic | undefined,
  ): EpochAnswer {
    const known = this.#groups.get(groupId)
    const joins = request.memberEpoch === 0
    if (joins ? known?.members.size : known?.epochMembers === undefined)
      throw new RefusedError(errorCodes.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`)
    const texts = [groupId, request.memberId, request.clientId, ...(request.subscribedTopicNames ?? [])]
    if (joins && !this.#room(memberBytes([], ...texts) + texts.length * OBJECT_BYTES))
      throw new RefusedError(errorCodes.GROUP_MAX_SIZE_REACHED, 'There is no room for more members.')
    const group = known ?? this.#open(groupId)
    group.protocolType = CONSUMER_PROTOCOL
    group.epochMembers ??= new EpochMembers(this.#times)
    return group.epochMembers.heartbeat(request, countOf)
  }

  heartbeat(groupId: string, caller: Caller): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
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
    const instance = staticMember(group, instanceId)
    // A static member may be named by its instance alone, as tools do it.
    const member = identified(group, memberId === '' ? (instance?.id ?? '') : memberId, instanceId)
    if (typeof member !== 'number') {
      group.remove(member)
      return errorCodes.NONE
    }
    if (member === errorCodes.FENCED_INSTANCE_ID) return member
    if (!group.removePending(memberId)) return errorCodes.UNKNOWN_MEMBER_ID
    group.settle()
    return errorCodes.NONE
  }

  /**
   * Whether this caller may commit offsets: an error code, NONE for yes.
   * @param version of OffsetCommit; undefined for offsets in a transaction: old producers name no member, and the group's
   * state is not theirs.
   */
  mayCommit(groupId: string, caller: Caller, version?: number): number {
    const group = this.#groups.get(groupId)
    const outside = caller.generationId < 0
    const knowsEpochs = version !== undefined && version >= KNOWS_EPOCHS
    if (group === undefined) {
      if (outside) return errorCodes.NONE
      return knowsEpochs ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.ILLEGAL_GENERATION
    }
    if (group.epochMembers !== undefined) {
      if (outside && group.empty) return errorCodes.NONE
      const code = group.epochMembers.check(caller.memberId, caller.generationId)
      if (version === undefined)
        return code === errorCodes.STALE_MEMBER_EPOCH ? errorCodes.ILLEGAL_GENERATION : code
      return knowsEpochs || code === errorCodes.UNKNOWN_MEMBER_ID ? code : errorCodes.UNSUPPORTED_VERSION
    }
    if (outside && group.state === 'Empty') return errorCodes.NONE
    if (outside && caller.memberId === '' && caller.groupInstanceId === null) {
      // A commit from outside is nothing that a group with members takes.
      return version === undefined ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID
    }
    const member = memberOf(group, caller)
    if (typeof member === 'number') return member
    if (version === undefined) return errorCodes.NONE
    if (group.state === 'CompletingRebalance') return errorCodes.REBALANCE_IN_PROGRESS
    member.touch(group)
    return errorCodes.NONE
  }

  /** Whether this caller may ask what a group has committed: an error code. Only members by KIP-848 say who they are. */
  mayFetch(groupId: string, memberId: string | null, memberEpoch: number): number {
    const members = this.#groups.get(groupId)?.epochMembers
    if (members === undefined || (memberId === null && memberEpoch < 0)) return errorCodes.NONE
    return members.check(memberId ?? '', memberEpoch)
  }

  /**
   * Keeps an offset, after `mayCommit`: an error code.
   * @param producerId of the transaction that it belongs to, if it does: it counts once that is committed.
   */
  commit(
    groupId: string,
    topic: string,
    partition: number,
    committed: CommittedOffset,
    producerId?: bigint,
  ): number {
    const bytes = 3 * OBJECT_BYTES + 2 * (groupId.length + topic.length + committed.metadata.length)
    if (!this.#room(bytes)) return errorCodes.INVALID_COMMIT_OFFSET_SIZE
    const { offsets } = this.#open(groupId)
    if (producerId === undefined) offsets.commit(topic, partition, committed)
    else offsets.prepare(producerId, topic, partition, committed)
    return errorCodes.NONE
  }

  /** The producer's transaction ends: its offsets count, or are gone. */
  endTransaction(groupId: string, producerId: bigint, commit: boolean): void {
    this.#groups.get(groupId)?.offsets.end(producerId, commit)
  }

  /** Whether offsets of a group may be deleted: an error code. */
  mayDeleteOffsets(groupId: string): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    const group = this.#groups.get(groupId)
    if (group === undefined) return errorCodes.GROUP_ID_NOT_FOUND
    if (group.empty || group.protocolType === CONSUMER_PROTOCOL) return errorCodes.NONE
    return errorCodes.NON_EMPTY_GROUP
  }

  /** Deletes what is committed for a partition, after `mayDeleteOffsets`: an error code. */
  deleteOffset(groupId: string, topic: string, partition: number): number {
    const group = this.#groups.get(groupId)
    if (group === undefined) return errorCodes.NONE
    if (isSubscribed(group, topic)) return errorCodes.GROUP_SUBSCRIBED_TO_TOPIC
    group.offsets.delete(topic, partition)
    return errorCodes.NONE
  }

  /** Deletes a group without members: an error code. */
  delete(groupId: string): number {
    const group = this.#groups.get(groupId)
    if (group === undefined || groupId === '') return errorCodes.GROUP_ID_NOT_FOUND
    if (!group.empty) return errorCodes.NON_EMPTY_GROUP
    group.close()
    this.#groups.delete(groupId)
    return errorCodes.NONE
  }

  /** A topic is gone, and with it what was committed for it. */
  topicDeleted(topic: string): void {
    for (const group of this.#groups.values()) group.offsets.deleteTopic(topic)
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
  }
}
