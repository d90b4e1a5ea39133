import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { backlogs, Drain, mergeDrains } from './drained.ts'
import { addToSection } from './section.ts'
import { expectMembers, groupsOf } from './whom.ts'

/**
 * Nobody reads until a backlog is built; then it is drained. Tells how many records waited, how long it took to catch up with
 * the end of the log, and at what rate.
 */
export const backlog = definePlugin({
  name: 'consumers.backlog',
  schema: lazySchema(async () => (await import('./backlog.schema.ts')).schema),
  stream(stream, { build, stop }, run) {
    expectMembers(run, 'consumers.backlog', { build })
    if (groupsOf(run, stream).count === 0) return
    const drain = new Drain()
    const drained = stream.metrics.collect('drained', { take: () => drain.take(), merge: mergeDrains })
    const gauge = (name: string, unit: string, help: string) =>
      stream.metrics.gauge(name, { unit, help, merge: 'max' })
    const gauges = {
      records: gauge('records', 'records', 'that waited when the drain began'),
      drain: gauge('drain', 'µs', 'until all groups had caught up with the end of the log'),
      rate: gauge('rate', 'records/s', 'read meanwhile by all groups'),
    }
    let over = false
    stream.hooks.pollFor.tap(member => {
      if (member.now < build) return 'pause'
      if (member.joined && !over) {
        drain.look(member)
        over = drain.isOver(stream.members)
      }
      return undefined
    })
    if (run.role === 'worker') {
      // what another member had may come to one that was done
      stream.hooks.onEvent.tap(event => {
        if (event.kind === 'rebalance' || event.kind === 'member') over = false
      })
      const topic = run.config.streams.find(s => s.name === stream.name)?.topic.name as string
      const unknown = (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        stream.emit({ kind: 'note', at: run.now(), title: `the size of the backlog is not known: ${why}` })
      }
      const begin = async () => {
        const admin = await (await run.client()).admin()
        drain.begin(await admin.offsets(topic, 'end').finally(() => admin.close()))
      }
      run.at(build, () => void begin().catch(unknown))
      return
    }
    /** What is known of it, as figures; whether every group has caught up. */
    const tell = () => {
      const groups = drained.value === undefined ? [] : backlogs(drained.value, build)
      const caughtUp = groups.length > 0 && groups.every(each => each.drainUs !== undefined)
      if (groups.length === 0) return { groups, caughtUp }
      const sum = (of: (each: (typeof groups)[number]) => number | undefined) =>
        groups.reduce((n, each) => n + (of(each) ?? 0), 0)
      const total = {
        records: sum(each => each.records),
        drainUs: Math.max(...groups.map(each => each.drainUs ?? 0)),
        rate: sum(each => each.rate),
      }
      gauges.records.set(total.records)
      if (caughtUp) {
        gauges.drain.set(total.drainUs)
        if (total.rate > 0) gauges.rate.set(total.rate)
      }
      return { groups, caughtUp, total }
    }
    let stopped = !stop
    run.hooks.sample.tap(() => {
      if (!tell().caughtUp || stopped) return
      stopped = true
      run.abort('the backlog is drained')
    })
    run.hooks.result.tap(result => {
      const { groups, caughtUp, total } = tell()
      if (total === undefined) return
      const { records, drainUs, rate } = total
      const figures = caughtUp ? { drainUs, ...(rate > 0 ? { rate } : {}) } : {}
      addToSection(result, stream.name, 'backlog', { records, ...figures, groups })
    })
  },
})
