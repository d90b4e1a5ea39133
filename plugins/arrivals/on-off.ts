import { ConfigError, definePlugin, lazySchema, type Random, type Segment } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'
import { PoissonProcess } from './poisson-process.ts'

/** Changes of state in a run: each is a piece of the schedule, of about 100 bytes in each thread. */
const MOST = 1_000_000

/**
 * Records by chance that come in clusters: a Poisson process that is switched between two rates (MMPP), at times by chance as
 * well. On the mean its rate is the schedule's.
 */
export const onOff = definePlugin({
  name: 'arrivals.onOff',
  slot: 'arrivals',
  schema: lazySchema(async () => (await import('./on-off.schema.ts')).schema),
  stream(stream, { on, off, low }) {
    needsSchedule(stream, 'arrivals.onOff')
    const random = stream.random('state')
    // the share of time in the state `on` is p, and p·high + (1 − p)·low = 1
    const high = low + ((1 - low) * (on + off)) / on
    stream.hooks.schedule.tap(segments => switched(segments, random, [off, on], [low, high]), {
      order: 'last',
    })
    stream.hooks.arrivals.tap(() => new PoissonProcess(stream))
  },
})

type ByState = readonly [off: number, on: number]

/** The rate times the factor of the state. States last for exponential times; the first is as it is found at any time. */
function switched(segments: readonly Segment[], random: Random, mean: ByState, factor: ByState): Segment[] {
  const pieces: Segment[] = []
  random.seek(0)
  let state: 0 | 1 = random.float() * (mean[0] + mean[1]) < mean[1] ? 1 : 0
  let changes = 0
  let until = -mean[state] * Math.log(1 - random.float())
  for (const { from, to, start, end } of segments) {
    const rate = (time: number) => (time === to ? end : start + ((end - start) * (time - from)) / (to - from))
    for (let time = from; time < to; ) {
      while (until <= time) {
        state = state === 1 ? 0 : 1
        if (++changes === MOST) throw tooMany(time, segments.at(-1)?.to ?? 0)
        random.seek(changes)
        until -= mean[state] * Math.log(1 - random.float())
      }
      const next = Math.min(until, to)
      pieces.push({
        from: time,
        to: next,
        start: rate(time) * factor[state],
        end: rate(next) * factor[state],
      })
      time = next
    }
  }
  return pieces
}
function tooMany(time: number, end: number): ConfigError {
  const all = Math.ceil((MOST * end) / time).toLocaleString('en-US')
  const expected = `at most ${MOST.toLocaleString('en-US')} changes between on and off in a run, not about ${all}`
  return new ConfigError([{ path: 'arrivals.onOff', expected, hint: 'make them longer, or the run shorter' }])
}
