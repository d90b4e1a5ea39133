import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Value sizes that were recorded: from a file, in their order or drawn uniformly. */
export const file = definePlugin({
  name: 'sizes.file',
  slot: 'sizes',
  schema: lazySchema(async () => (await import('./file.schema.ts')).schema),
  stream(stream, { sizes, order }) {
    const count = sizes.length
    if (order === 'cycle')
      stream.hooks.sizeFor.tap((_bytes, { index }) => sizes[index - Math.floor(index / count) * count])
    else {
      const random = stream.random('size')
      stream.hooks.sizeFor.tap((_bytes, draft) => {
        random.seek(draft.index)
        return sizes[random.int(count)]
      })
    }
  },
})
