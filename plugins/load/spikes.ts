import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** Short spikes: in the middle of each period the rate rises in a straight line to a multiple of it, and falls again. */
export const spikes = definePlugin({
  name: 'load.spikes',
  schema: lazySchema(async () => (await import('./spikes.schema.ts')).schema),
  stream(stream, { every, length, peak }) {
    shape(stream, 'load.spikes', line => {
      for (let i = 0; !line.done; i++) {
        const top = (i + 0.5) * every
        line.to(top - length / 2, 1)
        line.to(top, 1, peak)
        line.to(top + length / 2, peak, 1)
        line.to((i + 1) * every, 1)
      }
    })
  },
})
