import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { type AliasTable, aliasTable, pick } from '../options/alias.ts'

/**
 * Draws each record's partition by Zipf's law, whatever its key and however many partitions there are: partition p gets
 * (p + 1)^−skew times as many records as partition 0.
 */
export const imbalanced = definePlugin({
  name: 'partitions.imbalanced',
  slot: 'partitions',
  schema: lazySchema(async () => (await import('./imbalanced.schema.ts')).schema),
  stream(stream, { skew }) {
    const random = stream.random('partition')
    let known = 0
    let table: AliasTable = aliasTable([1])
    stream.hooks.partitionFor.tap((draft, partitions) => {
      // once, and when the topic grows
      if (partitions !== known) {
        known = partitions
        table = aliasTable(Array.from({ length: partitions }, (_, p) => (p + 1) ** -skew))
      }
      random.seek(draft.index)
      return pick(table, random)
    })
  },
})
