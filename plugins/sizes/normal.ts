import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { normalQuantile } from '../options/normal.ts'
import { quantileDraw } from './quantile-draw.ts'
import { normalBetween } from './truncated.ts'

/** Value sizes about a mean, normally distributed between `min` and `max`: nothing piles up at the ends. */
export const normal = definePlugin({
  name: 'sizes.normal',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./normal.schema.ts')).schema),
  stream(stream, options) {
    const random = stream.random('size')
    const { mean, deviation } = options
    const { from, share } = normalBetween(options)
    const draw = quantileDraw(u => mean + deviation * normalQuantile(from + share * u), options, random)
    stream.hooks.sizeFor.tap((_bytes, draft) => {
      random.seek(draft.index)
      return draw()
    })
  },
})
