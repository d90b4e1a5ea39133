import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { Transitions } from './transitions.ts'
import { chosenBy, expectMembers, groupsOf } from './whom.ts'

interface State {
  /** µs since t0 up to which everything has happened. */
  upTo: number
  /** It was disturbed, and has to come back at once. */
  comesBack: boolean
}

/**
 * Members that join, leave and are killed by a schedule. What is drawn – a share of the members – is the same for a seed, with
 * any number of threads.
 */
export const churn = definePlugin({
  name: 'consumers.churn',
  schema: lazySchema(async () => (await import('./churn.schema.ts')).schema),
  stream(stream, { schedule }, run) {
    expectMembers(run, 'consumers.churn', timesOf(schedule))
    const { count } = groupsOf(run, stream)
    if (count === 0) return
    for (const [i, { member, group }] of schedule.entries()) {
      const one = member === 'next' ? undefined : member
      chosenBy({ member: one, group }, `consumers.churn.schedule.${i}`, run, stream)
    }
    const transitions = new Transitions(schedule, count, stream.random('members'))
    const counted = (name: string, help: string) => stream.metrics.counter(name, { unit: 'members', help })
    const counters = {
      join: counted('joins', 'that came to their group'),
      leave: counted('leaves', 'that left their group'),
      kill: counted('kills', 'that were killed'),
    }
    stream.hooks.onEvent.tap(event => {
      if (event.kind === 'member') counters[event.step].add()
    })
    const states = new Map<number, State>()
    stream.hooks.pollFor.tap(
      member => {
        const { number, now, joined } = member
        const s = states.get(number)
        if (s === undefined) {
          states.set(number, { upTo: -1, comesBack: false })
          return transitions.startsOutside(member) ? 'leave' : undefined
        }
        const due = transitions.between(s.upTo, now, member)
        s.upTo = now
        const last = due.at(-1)?.what ?? (s.comesBack ? 'join' : undefined)
        s.comesBack = false
        if (last === undefined) return undefined
        if ((last === 'join') !== joined) return last
        // it went and came between two polls: it goes now, and comes with the next one
        const went = joined ? due.findLast(each => each.what !== 'join')?.what : undefined
        s.comesBack = went !== undefined
        return went
      },
      { order: 'first' },
    )
  },
})

function timesOf(schedule: readonly { readonly at: number }[]): Record<string, number> {
  return Object.fromEntries(schedule.map(({ at }, i) => [`schedule.${i}.at`, at]))
}
