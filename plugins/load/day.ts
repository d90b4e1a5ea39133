import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** A day's rise and fall: a factor of the rate for each hour of the day, with straight lines between them. */
export const day = definePlugin({
  name: 'load.day',
  schema: lazySchema(async () => (await import('./day.schema.ts')).schema),
  stream(stream, { curve, period, from }) {
    const hour = period / 24
    const at = (i: number) => curve[i % 24] as number
    shape(stream, 'load.day', line => {
      const first = Math.floor(from)
      let last = at(first) + (at(first + 1) - at(first)) * (from - first)
      for (let i = first + 1; !line.done; i++) {
        line.to((i - from) * hour, last, at(i))
        last = at(i)
      }
    })
  },
})
