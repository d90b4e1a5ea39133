import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** A staircase: the rate stays at one factor of it for some time, then jumps to the next. */
export const steps = definePlugin({
  name: 'load.steps',
  schema: lazySchema(async () => (await import('./steps.schema.ts')).schema),
  stream(stream, { from, to, steps, every }) {
    shape(stream, 'load.steps', line => {
      for (let i = 1; i <= steps; i++) {
        const time = every === undefined ? (line.end * i) / steps : every * i
        line.to(time, from + ((to - from) * (i - 1)) / (steps - 1))
      }
    })
  },
})
