import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { normalQuantile } from '../options/normal.ts'
import { quantileDraw } from './quantile-draw.ts'
import { lognormalBetween, lognormalSigma } from './truncated.ts'

/** Value sizes as they mostly are: many small ones and a long tail, by median and p99. Nothing piles up at `min` and `max`. */
export const lognormal = definePlugin({
  name: 'sizes.lognormal',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./lognormal.schema.ts')).schema),
  stream(stream, options) {
    const random = stream.random('size')
    const { median } = options
    const sigma = lognormalSigma(options)
    const { from, share } = lognormalBetween(options)
    const quantile = (u: number) => median * Math.exp(sigma * normalQuantile(from + share * u))
    const draw = quantileDraw(quantile, options, random)
    stream.hooks.sizeFor.tap((_bytes, draft) => {
      random.seek(draft.index)
      return draw()
    })
  },
})
