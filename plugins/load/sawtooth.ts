import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** The rate rises in a straight line from one factor of it to another, falls at once, and rises again. */
export const sawtooth = definePlugin({
  name: 'load.sawtooth',
  schema: lazySchema(async () => (await import('./sawtooth.schema.ts')).schema),
  stream(stream, { period, low, high }) {
    shape(stream, 'load.sawtooth', line => {
      for (let i = 1; !line.done; i++) line.to(i * period, low, high)
    })
  },
})
