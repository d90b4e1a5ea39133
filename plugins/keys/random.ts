import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Keys drawn uniformly from 0 … cardinality − 1, as decimal digits; the same for a seed whatever the threads. */
export const random = definePlugin({
  name: 'keys.random',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./random.schema.ts')).schema),
  stream(stream, { cardinality }) {
    const random = stream.random('key')
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      return random.int(cardinality)
    })
  },
})
