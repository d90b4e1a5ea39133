import { ConfigError, definePlugin, lazySchema, type Segment } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'

/** Records at recorded times, to the µs, in place of `rate`. */
export const replay = definePlugin({
  name: 'arrivals.replay',
  slot: 'arrivals',
  schema: lazySchema(async () => (await import('./replay.schema.ts')).schema),
  stream(stream, { times, speed, repeat }) {
    needsSchedule(stream, 'arrivals.replay')
    const count = times.length
    const last = times.at(-1) as number
    const round = last + last / Math.max(1, count - 1)
    // a place for each µs: places are times
    let axis: readonly Segment[] = []
    stream.hooks.schedule.tap(
      segments => (axis = [{ from: 0, to: segments.at(-1)?.to ?? 0, start: 1e6, end: 1e6 }]),
      { order: 'first' },
    )
    stream.hooks.schedule.tap(
      segments => {
        if (segments === axis) return
        const expected = 'no plugin beside it that shapes the load: recorded times stay as they are'
        const hint = 'load.replay takes recorded rates, for others to shape'
        throw new ConfigError([{ path: 'arrivals.replay', expected, hint }])
      },
      { order: 'last' },
    )
    stream.hooks.arrivals.tap(() => ({
      at(index) {
        const rounds = Math.floor(index / count)
        if (rounds > 0 && !repeat) return Number.POSITIVE_INFINITY
        return Math.round((rounds * round + (times[index - rounds * count] as number)) / speed)
      },
    }))
  },
})
