import { errorCodes } from '../../protocol/errors.ts'
import type { Group } from './group.ts'
import type { Member } from './member.ts'

/** Who a request says that it comes from. */
export interface Caller {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

export function staticMember(group: Group, instanceId: string | null): Member | undefined {
  if (instanceId === null) return undefined
  for (const member of group.members.values()) if (member.instanceId === instanceId) return member
  return undefined
}

/** The member with this id, which a static one must have in its own name, or an error code. */
export function identified(
  group: Group | undefined,
  memberId: string,
  instanceId: string | null,
): Member | number {
  if (group === undefined) return errorCodes.UNKNOWN_MEMBER_ID
  if (instanceId !== null) {
    const instance = staticMember(group, instanceId)
    if (instance === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    if (instance.id !== memberId) return errorCodes.FENCED_INSTANCE_ID
  }
  return group.members.get(memberId) ?? errorCodes.UNKNOWN_MEMBER_ID
}

/** The member that calls, in its current generation, or an error code. */
export function memberOf(group: Group | undefined, caller: Caller): Member | number {
  const member = identified(group, caller.memberId, caller.groupInstanceId)
  if (group === undefined || typeof member === 'number') return member
  return caller.generationId === group.generation ? member : errorCodes.ILLEGAL_GENERATION
}
