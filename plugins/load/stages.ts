import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** A factor of the rate after another, each for its time; by a jump, or by a ramp from the last one. */
export const stages = definePlugin({
  name: 'load.stages',
  schema: lazySchema(async () => (await import('./stages.schema.ts')).schema),
  stream(stream, { stages, repeat }) {
    shape(stream, 'load.stages', line => {
      let [time, last] = [0, 0]
      do {
        for (const stage of stages) {
          time += stage.for
          line.to(time, stage.ramp ? last : stage.factor, stage.factor)
          last = stage.factor
        }
      } while (repeat && !line.done)
    })
  },
})
