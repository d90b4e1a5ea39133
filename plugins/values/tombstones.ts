import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** A share of all records are tombstones: a key without a value, which a compacted topic takes for a deletion. */
export const tombstones = definePlugin({
  name: 'values.tombstones',
  schema: lazySchema(async () => (await import('./tombstones.schema.ts')).schema),
  stream(stream, { share }) {
    const random = stream.random('tombstone')
    // last: whatever size the others answered
    stream.hooks.sizeFor.tap(
      (bytes, draft) => {
        random.seek(draft.index)
        return random.float() < share ? -1 : bytes
      },
      { order: 'last' },
    )
  },
})
