import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { cycled } from '../options/cycled.ts'

/** Keys 0 … cardinality − 1 in turn, as decimal digits: each is used as often as any other, to within one record. */
export const roundRobin = definePlugin({
  name: 'keys.roundRobin',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./round-robin.schema.ts')).schema),
  stream(stream, { cardinality }) {
    stream.hooks.keyFor.tap((_key, draft) => cycled(draft.index, cardinality))
  },
})
