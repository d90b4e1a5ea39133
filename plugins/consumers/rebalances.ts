import { definePlugin, type Run, type Stream } from '../../core/plugin.ts'
import { RebalanceAccount } from './account.ts'
import { addToSection } from './section.ts'
import { type StintPart, Stints } from './stints.ts'
import { groupsOf } from './whom.ts'

/**
 * Rebalances of the stream's groups: how many, how long members went without partitions and partitions without an owner, and
 * how many records were delivered again. Slot `rebalances`.
 */
export const rebalances = definePlugin({
  name: 'rebalances',
  stream(stream, run) {
    if (groupsOf(run, stream).count === 0) return
    const { thread } = run
    const eager = isEager(run, stream)
    const stints = new Stints({ thread, members: stream.members, now: () => run.now(), eager })
    const told = stream.metrics.collect<readonly StintPart[]>('stints', {
      take: () => [stints.take()],
      merge: (a, b) => [...a, ...b],
    })
    if (run.role === 'worker') {
      run.hooks.start.tap(() => stints.start())
      run.defer(() => stints.end())
      stream.hooks.onEvent.tap(event => stints.event(event))
    }
    const gauge = (name: string, unit: string, help: string) =>
      stream.metrics.gauge(name, { unit, help, merge: 'max' })
    const gauges = {
      count: gauge('count', 'rebalances', 'of all groups'),
      timeUs: gauge('time', 'µs', 'in which a member was in a rebalance, of all groups'),
      longestUs: gauge('longest', 'µs', 'of the longest rebalance'),
      unownedUs: gauge('unowned', 'µs', 'that a partition was without an owner at a time, at most'),
      redelivered: gauge('redelivered', 'records', 'that a group was given again'),
    }
    if (run.role !== 'main') return
    const account = new RebalanceAccount()
    const look = () => {
      account.add(told.value ?? [])
      const groups = [...account.figures()].map(([group, figures]) => ({ group, ...figures }))
      const sum = (of: (each: (typeof groups)[number]) => number) =>
        groups.reduce((n, each) => n + of(each), 0)
      const most = (of: (each: (typeof groups)[number]) => number) => Math.max(0, ...groups.map(of))
      const total = {
        count: sum(each => each.count),
        timeUs: sum(each => each.timeUs),
        longestUs: most(each => each.longestUs),
        unownedUs: most(each => each.unownedUs),
        redelivered: sum(each => each.redelivered),
      }
      if (groups.length > 0)
        for (const [name, value] of Object.entries(total)) gauges[name as keyof typeof total].set(value)
      return { ...total, moved: sum(each => each.moved), groups }
    }
    run.hooks.sample.tap(() => void look())
    run.hooks.result.tap(result => {
      const found = look()
      if (found.groups.length > 0) addToSection(result, stream.name, 'rebalances', found)
    })
  },
})

/** By the older assignors a member gives up all that it has while its group rebalances. */
function isEager(run: Run, stream: Stream): boolean {
  const { protocol, assignor } = run.config.streams.find(s => s.name === stream.name)?.consumers ?? {}
  return protocol !== 'consumer' && assignor !== 'cooperative-sticky'
}
