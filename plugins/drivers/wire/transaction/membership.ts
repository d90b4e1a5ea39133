/** As whom offsets are committed in a transaction. */
import type { Consumer } from '../../../../core/plugin.ts'
import { WireConsumer } from '../consumer/consumer.ts'
import type { Identity } from '../consumer/offsets.ts'

/** @throws TypeError for anything but a member of a group, of this driver. */
export function membershipOf(member: Consumer | undefined): Identity {
  const membership = member instanceof WireConsumer ? member.membership : undefined
  if (membership !== undefined) return membership
  throw new TypeError(
    'offsets are committed for a member of a group: hand end() a consumer of the wire driver that has subscribed',
  )
}
