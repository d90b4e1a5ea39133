import { errorCodes } from '../../protocol/errors.ts'
import type { Group } from './group.ts'
import { identified } from './identity.ts'
import type { JoinResult, Member, MemberProtocol } from './member.ts'

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
  /** JoinGroup v9 and later: a leader may be told not to assign. */
  readonly skipsAssignment: boolean
}

/** The member that joins again; undefined for one that is new; an error code for an id nobody gave out. */
export function existingMember(group: Group | undefined, input: JoinInput): Member | undefined | number {
  if (input.memberId === '' || group?.hasPending(input.memberId)) return undefined
  return identified(group, input.memberId, input.groupInstanceId)
}

export function rejoin(group: Group, member: Member, input: JoinInput): JoinResult | Promise<JoinResult> {
  const same = member.sameProtocols(input.protocols)
  const answered =
    (group.state === 'CompletingRebalance' && same) ||
    (group.state === 'Stable' && same && member.id !== group.leader)
  if (!answered) return waitForJoin(group, member, input)
  member.touch(group)
  return group.joinResult(member)
}

/** A static member has come back under a new id. In a stable group it goes on with what it had, unless the protocol changes. */
export function takeOver(
  group: Group,
  old: Member,
  member: Member,
  input: JoinInput,
): JoinResult | Promise<JoinResult> {
  const { leader } = group
  group.replace(old, member)
  take(member, input)
  if (group.state !== 'Stable' || group.vote() !== group.protocol) return waitForJoin(group, member, input)
  member.touch(group)
  const result = group.joinResult(member)
  // A leader must not assign anew: newer clients are told so, older ones that another one leads.
  if (input.skipsAssignment) return { ...result, skipAssignment: member.id === group.leader }
  return { ...result, leader, members: [] }
}

/** What a member says of itself when it joins. */
function take(member: Member, { sessionTimeoutMs, rebalanceTimeoutMs, protocols }: JoinInput): void {
  member.sessionTimeoutMs = sessionTimeoutMs
  member.rebalanceTimeoutMs = rebalanceTimeoutMs
  member.protocols = protocols
}

export function waitForJoin(group: Group, member: Member, input: JoinInput): Promise<JoinResult> {
  return new Promise(resolve => {
    member.answerJoin({ errorCode: errorCodes.REBALANCE_IN_PROGRESS })
    take(member, input)
    member.joining = resolve
    member.touch(group)
    group.rebalance()
  })
}
