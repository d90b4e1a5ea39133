import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'

/**
 * Keys 0, 1, 2 … by the record's number in its stream, as decimal digits. Every record has a key of its own, or, with a
 * cardinality, the keys come again in the same order.
 */
export const sequential = definePlugin({
  name: 'keys.sequential',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./sequential.schema.ts')).schema),
  stream(stream, { cardinality }) {
    if (cardinality === undefined) stream.hooks.keyFor.tap((_key, draft) => draft.index)
    else stream.hooks.keyFor.tap((_key, draft) => cycled(draft.index, cardinality))
  },
})
