import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { zipfRanks } from './zipf-ranks.ts'

/**
 * Keys 0 … cardinality − 1 by Zipf's law, as decimal digits: key k comes (k + 1)^−skew times as often as key 0, the most
 * frequent one.
 */
export const zipf = definePlugin({
  name: 'keys.zipf',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./zipf.schema.ts')).schema),
  stream(stream, { cardinality, skew }) {
    const random = stream.random('key')
    const rank = zipfRanks(cardinality, skew, random)
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      return rank() - 1
    })
  },
})
