import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** The rate goes from one factor of it to another, in a straight line. */
export const ramp = definePlugin({
  name: 'load.ramp',
  schema: lazySchema(async () => (await import('./ramp.schema.ts')).schema),
  stream(stream, { from, to, over, after }) {
    shape(stream, 'load.ramp', line => {
      line.to(after, from)
      line.to(over === undefined ? line.end : after + over, from, to)
    })
  },
})
