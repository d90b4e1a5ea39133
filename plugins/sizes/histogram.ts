import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { weightedDraw } from './weighted.ts'

/** Value sizes and ranges of sizes by weight: `{ '100B': 70, '1KiB-4KiB': 25, '64KiB': 5 }`. */
export const histogram = definePlugin({
  name: 'sizes.histogram',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./histogram.schema.ts')).schema),
  stream(stream, { sizes }) {
    const random = stream.random('size')
    const draw = weightedDraw(sizes, random)
    stream.hooks.sizeFor.tap((_bytes, draft) => {
      random.seek(draft.index)
      return draw()
    })
  },
})
