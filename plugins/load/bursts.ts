import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** Bursts at one factor of the rate, with time at another between them; evenly, or with a start by chance within that time. */
export const bursts = definePlugin({
  name: 'load.bursts',
  schema: lazySchema(async () => (await import('./bursts.schema.ts')).schema),
  stream(stream, { on, off, peak, floor, jitter }) {
    const random = stream.random('start')
    shape(stream, 'load.bursts', line => {
      // a burst is whole within its own cycle, so bursts keep apart and have their share of every cycle
      for (let i = 0; !line.done; i++) {
        random.seek(i)
        const cycle = i * (on + off)
        const start = cycle + Math.round(random.float() * jitter * off)
        line.to(start, floor)
        line.to(start + on, peak)
        line.to(cycle + on + off, floor)
      }
    })
  },
})
