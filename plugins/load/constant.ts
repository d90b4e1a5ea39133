import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'
import { recordsIn } from './piecewise.ts'

/**
 * One rate from beginning to end: the mean of what `rate` and the plugins listed before it make, so that as many records
 * are sent; or a rate of its own.
 */
export const constant = definePlugin({
  name: 'load.constant',
  schema: lazySchema(async () => (await import('./constant.schema.ts')).schema),
  stream(stream, { rate }) {
    needsSchedule(stream, 'load.constant')
    stream.hooks.schedule.tap(segments => {
      const to = segments.at(-1)?.to ?? 0
      const level = rate ?? recordsIn(segments) / (to / 1e6)
      return [{ from: 0, to, start: level, end: level }]
    })
  },
})
