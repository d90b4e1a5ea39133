import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Takes the key from a share of all records. It goes with any other plugin of keys, and comes after it wherever it is listed. */
export const nulls = definePlugin({
  name: 'keys.nulls',
  schema: lazySchema(async () => (await import('./nulls.schema.ts')).schema),
  stream(stream, { share }) {
    const random = stream.random('null')
    stream.hooks.keyFor.tap(
      (_key, draft) => {
        random.seek(draft.index)
        return random.float() < share ? null : undefined
      },
      { order: 'last' },
    )
  },
})
