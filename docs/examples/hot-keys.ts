import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** One key takes a share of all records, the others are drawn uniformly. Replaces any other plugin of the slot `keys`. */
export const hotKeys = definePlugin({
  name: 'hot-keys',
  slot: 'keys',
  schema: z.strictObject({
    /** Number of keys besides the hot one. */
    cardinality: z.number().int().min(1),
    /** Of the hot key, 0 to 1. @default 0.8 */
    share: z.number().min(0).max(1).default(0.8),
  }),
  stream(stream, { cardinality, share }) {
    const random = stream.random('key')
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      return random.float() < share ? 'hot' : random.int(cardinality)
    })
  },
})
