import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Value sizes drawn uniformly from `min` to `max`, both included. */
export const uniform = definePlugin({
  name: 'sizes.uniform',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./uniform.schema.ts')).schema),
  stream(stream, { min, max }) {
    const random = stream.random('size')
    const span = max - min + 1
    stream.hooks.sizeFor.tap((_bytes, draft) => {
      random.seek(draft.index)
      return min + random.int(span)
    })
  },
})
