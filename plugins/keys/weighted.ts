import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { aliasTable, pick } from '../options/alias.ts'

/** Keys of a list, each with its weight. */
export const weighted = definePlugin({
  name: 'keys.weighted',
  slot: 'keys',
  schema: lazySchema(async () => (await import('./weighted.schema.ts')).schema),
  stream(stream, { keys: { texts, weights } }) {
    const random = stream.random('key')
    const table = aliasTable(weights)
    stream.hooks.keyFor.tap((_key, draft) => {
      random.seek(draft.index)
      return texts[pick(table, random)]
    })
  },
})
