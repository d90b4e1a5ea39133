import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'

/**
 * As keys.hotSet, but the hot keys change as time goes by: at first 0 … hot − 1, after each `every` the next `hot` keys, and
 * from the last on to the first again. What counts is the time that the schedule has for a record.
 */
export const movingHot = definePlugin({
  name: 'keys.movingHot',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./moving-hot.schema.ts')).schema),
  stream(stream, { cardinality, hot, share, every }) {
    const random = stream.random('key')
    const places = Math.ceil(cardinality / hot)
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      const moves = Math.floor(draft.scheduledAt / every)
      const first = cycled(moves, places) * hot
      // from the first hot key on, over the last key to the first: a sum could be beyond 2^53
      const next = random.float() < share ? random.int(hot) : hot + random.int(cardinality - hot)
      const before = cardinality - first
      return next < before ? first + next : next - before
    })
  },
})
