import { definePlugin, lazySchema } from '../../core/plugin.ts'

/**
 * A share of all records goes to a few hot keys, the rest to all others, each uniformly: the keys 0 … cardinality − 1 as
 * decimal digits, the first `hot` of which are hot.
 */
export const hotSet = definePlugin({
  name: 'keys.hotSet',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./hot-set.schema.ts')).schema),
  stream(stream, { cardinality, hot, share }) {
    const random = stream.random('key')
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      return random.float() < share ? random.int(hot) : hot + random.int(cardinality - hot)
    })
  },
})
