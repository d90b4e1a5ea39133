import {
  type Admin,
  definePlugin,
  type Member,
  type Result,
  type Run,
  type Stream,
} from '../../core/plugin.ts'
import { CatchingUp } from './catching-up.ts'
import { GroupLag } from './lag-series.ts'
import { addToSection } from './section.ts'
import { groupsOf } from './whom.ts'

/** Longest that the end of a run waits for the last look. */
const LAST_LOOK_MS = 500

type Positions = readonly { readonly group: string; readonly at: ReturnType<Member['position']> }[]

/**
 * Consumer lag: once a second the end offsets of each topic minus the next offsets that its groups read, for each partition.
 * A partition without a member keeps its last position, so its lag grows. Slot `lag`.
 */
export const lag = definePlugin({
  name: 'lag',
  register(run) {
    const read = run.streams.filter(stream => groupsOf(run, stream).count > 0)
    const watches = read.map(stream => watch(run, stream))
    if (run.role !== 'main' || watches.length === 0) return
    let admin: Promise<Admin> | undefined
    const open = async () => {
      const opened = await (await run.client()).admin()
      run.defer(() => opened.close())
      return opened
    }
    let busy: Promise<unknown> | undefined
    const look = async (second: number) => {
      admin ??= open()
      try {
        const opened = await admin
        await Promise.all(watches.map(each => each.look(opened, second)))
      } catch {
        for (const each of watches) each.missed++
        await admin.catch(() => {
          admin = undefined
        })
      }
    }
    const lookAt = (second: number) => {
      // a broker that does not answer holds up no snapshot
      if (busy !== undefined) for (const each of watches) each.missed++
      else
        busy = look(second).finally(() => {
          busy = undefined
        })
    }
    run.hooks.start.tap(() => lookAt(0))
    run.hooks.sample.tap(({ second }) => lookAt(second))
    run.hooks.result.tap(async result => {
      const last = Promise.resolve(busy).then(() => look(Math.ceil(run.now() / 1e6)))
      const late = new Promise(resolve => setTimeout(resolve, LAST_LOOK_MS).unref())
      if (watches.some(each => each.known)) await Promise.race([last, late])
      for (const each of watches) each.tell(result)
    })
  },
})

function watch(run: Run, stream: Stream) {
  const { metrics, name } = stream
  const positions = metrics.collect<Positions>('positions', {
    take: () => stream.members.map(member => ({ group: member.group, at: member.position() })),
    merge: (a, b) => [...a, ...b],
  })
  const gauge = (figure: string, help: string) =>
    metrics.gauge(figure, { unit: 'records', help, merge: 'max' })
  const gauges = {
    now: gauge('records', 'not read yet, as it stands'),
    max: gauge('records.max', 'the most that were not read yet'),
    mean: gauge('records.mean', 'not read yet, over the seconds of the schedule'),
  }
  const { warmupUs, durationUs, streams } = run.config
  const settings = streams.find(s => s.name === name)
  const topic = settings?.topic.name as string
  // of a topic that was there before, nobody says where its groups would begin
  const whole = settings?.consumers.from === 'earliest' && !settings.topic.existing
  const groups = new Map<string, { readonly lag: GroupLag; readonly catching: CatchingUp }>()
  /** Of all groups. */
  const most = { records: 0, at: 0 }
  const sum = { records: 0, looks: 0 }
  let before: number | undefined
  return {
    missed: 0,
    get known(): boolean {
      return groups.size > 0
    },
    async look(admin: Admin, second: number): Promise<void> {
      const told = positions.value ?? []
      const ends = await admin.offsets(topic, 'end')
      for (const [group, of] of Map.groupBy(told, each => each.group)) {
        const known = groups.get(group) ?? { lag: new GroupLag(whole), catching: new CatchingUp() }
        groups.set(group, known)
        const positions = of.flatMap(each => each.at)
        known.lag.add(second, positions, ends)
      }
      const end = ends.reduce((a, b) => a + b, 0)
      const written = Math.max(0, end - (before ?? end))
      before = end
      if (groups.size === 0) return
      const at = run.now()
      let records = 0
      for (const { lag, catching } of groups.values()) {
        records += lag.records
        catching.add({ at, records: lag.records, passed: lag.passed, written })
      }
      if (records > most.records) Object.assign(most, { records, at })
      if (second * 1e6 <= warmupUs + durationUs) {
        sum.records += records
        sum.looks++
      }
      gauges.now.set(records)
      gauges.max.set(most.records)
      gauges.mean.set(sum.looks === 0 ? records : Math.round(sum.records / sum.looks))
    },
    tell(result: Result): void {
      if (groups.size === 0) return
      // the group that was furthest behind
      const [worst] = [...groups.values()].map(each => each.catching).sort((a, b) => b.max - a.max)
      const all = [...groups].map(([group, { lag }]) => lag.result(group))
      addToSection(result, name, 'lag', {
        records: all.reduce((n, each) => n + each.records, 0),
        max: most.records,
        maxAt: Math.round(most.at),
        mean: sum.looks === 0 ? 0 : Math.round(sum.records / sum.looks),
        behind: worst?.behind === true,
        ...(worst?.caughtUp && { caughtUp: worst.caughtUp }),
        missed: this.missed,
        groups: all,
      })
    },
  }
}
