import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { normalQuantile } from '../options/normal.ts'

/**
 * Keys around a mean, normally distributed, as decimal digits. The keys 0 … cardinality − 1 form a ring: what would be
 * beyond one end comes in at the other, so that no key has more than its place in the bell.
 */
export const gaussian = definePlugin({
  name: 'keys.gaussian',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./gaussian.schema.ts')).schema),
  stream(stream, { cardinality, mean = (cardinality - 1) / 2, deviation }) {
    const random = stream.random('key')
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      // 0 would be infinitely far away
      const place = mean + deviation * normalQuantile(random.float() || 2 ** -54)
      // above 2^52 there is no place + 0.5: it would be an even number
      const floor = Math.floor(place)
      return around(place - floor < 0.5 ? floor : floor + 1, cardinality)
    })
  },
})

/** A whole number as one of 0 … size − 1; a product near 2^53 may be off by one. */
function around(n: number, size: number): number {
  const rest = n - Math.floor(n / size) * size
  if (rest < 0) return rest + size
  return rest >= size ? rest - size : rest
}
