import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { KeyBytes } from '../options/key-bytes.ts'
import { KeyClasses } from './key-classes.ts'
import { keySeed } from './key-seed.ts'
import { weightedDraw } from './weighted.ts'

/** Value sizes that go with the key: the same key has the same size, in every run with the same seed. */
export const byKey = definePlugin({
  name: 'sizes.byKey',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./by-key.schema.ts')).schema),
  stream(stream, { classes = [], sizes = [], default: other }) {
    const random = stream.random('size of a key')
    const scratch = new KeyBytes()
    const found = new KeyClasses(classes.map(c => c.pattern))
    const low = Float64Array.from(classes, c => c.low)
    const span = Float64Array.from(classes, c => c.high - c.low + 1)
    const draw = sizes.length > 0 ? weightedDraw(sizes, random) : undefined
    stream.hooks.sizeFor.tap((size, { key }) => {
      if (key === null) return other ?? size
      const i = classes.length === 0 ? -1 : found.find(key, scratch)
      if (i >= 0) {
        const width = span[i] as number
        if (width === 1) return low[i] as number
        random.seek(keySeed(key, scratch))
        return (low[i] as number) + random.int(width)
      }
      if (draw === undefined) return other ?? size
      random.seek(keySeed(key, scratch))
      return draw()
    })
  },
})
