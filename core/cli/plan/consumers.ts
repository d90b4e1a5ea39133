/** What plugins have the members of consumer groups do in the course of a run, as if polls and joins took no time. */
import type { Member, Poll } from '../../api.ts'
import type { HostStream } from '../../host.ts'
import type { Schedule } from '../../schedule.ts'

/** As in a run: how often a member is asked that does not poll, or has nothing to read. */
const POLL_US = 100_000
/** More of them are not drawn. */
const MEMBERS = 8
/** So many times each is asked at most. */
const ASKED = 4000

export interface ConsumersPlan {
  /** Plugins that have them do something else than poll. */
  readonly by: readonly string[]
  /** In all groups. */
  readonly members: number
  readonly drawn: readonly MemberPlan[]
}
export interface MemberPlan {
  /** Of its group, from 0; and in it. */
  readonly group: number
  readonly index: number
  /** What it does for most of each equal part of the run. */
  readonly doing: readonly Doing[]
}
export type Doing = 'polls' | 'waits' | 'pauses' | 'away'

/**
 * undefined: members do nothing but poll.
 * @param parts of the run's time
 * @throws PluginError of a plugin that cannot answer outside of a run
 */
export function consumersOf(
  stream: HostStream,
  schedule: Schedule | undefined,
  endUs: number,
  parts: number,
): ConsumersPlan | undefined {
  const by = new Set<string>()
  const { taps } = stream.hooks.pollFor
  // as the hook itself does, and then it is known whose answer it was
  const answerTo = (member: Member): Poll | undefined => {
    for (const { name, fn } of taps) {
      const answer = (fn as (member: Member) => Poll | undefined)(member)
      if (answer === undefined) continue
      by.add(name)
      return answer
    }
    return undefined
  }
  const { count, groups } = stream.config.consumers
  const members = count * groups
  const drawn = Array.from({ length: Math.min(members, MEMBERS) }, (_, number): MemberPlan => {
    const [group, index] = [Math.floor(number / count), number % count]
    return {
      group,
      index,
      doing: memberOf(stream, { group, index, number }, answerTo, schedule, endUs, parts),
    }
  })
  return by.size === 0 ? undefined : { by: [...by], members, drawn }
}

function memberOf(
  { config }: HostStream,
  { group, index, number }: { group: number; index: number; number: number },
  answerTo: (member: Member) => Poll | undefined,
  schedule: Schedule | undefined,
  endUs: number,
  parts: number,
): Doing[] {
  const { count, groups, group: name } = config.consumers
  const member: { -readonly [K in keyof Member]: Member[K] } = {
    group: groups > 1 ? `${name}-${group}` : name,
    index,
    number,
    joined: false,
    records: 0,
    now: 0,
    position: () => [],
    lag: () => [],
  }
  const ask = (now: number): Poll | undefined => {
    member.now = now
    // an equal share of what is offered: a plugin may take time for each of them
    member.records = Math.floor((schedule?.before(now) ?? 0) / count)
    const answer = answerTo(member)
    if (answer === 'leave' || answer === 'kill') member.joined = false
    else if (answer === 'join') member.joined = true
    return answer
  }
  const first = ask(0)
  member.joined = first !== 'leave' && first !== 'kill'
  const spent = Array.from({ length: parts }, () => ({ polls: 0, waits: 0, pauses: 0, away: 0 }))
  const stepUs = Math.max(POLL_US, endUs / ASKED)
  const spend = (doing: Doing, from: number, us: number) => {
    for (let at = from; at < Math.min(endUs, from + us); at += stepUs) {
      const part = spent[Math.floor((at / endUs) * parts)]
      if (part) part[doing] += Math.min(stepUs, from + us - at)
    }
  }
  for (let now = 0; now < endUs; ) {
    const answer = ask(now)
    const waits = typeof answer === 'number' ? answer : 0
    spend('waits', now, waits)
    spend(!member.joined ? 'away' : answer === 'pause' ? 'pauses' : 'polls', now + waits, stepUs)
    now += waits + stepUs
  }
  return spent.map(
    part => (Object.entries(part) as [Doing, number][]).reduce((a, b) => (b[1] > a[1] ? b : a))[0],
  )
}
