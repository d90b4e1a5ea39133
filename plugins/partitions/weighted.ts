import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { aliasTable, pick } from '../options/alias.ts'
import { checkPartitions } from './topic-partitions.ts'

/** Draws each record's partition by weights, one for each partition of the topic, whatever its key. */
export const weighted = definePlugin({
  name: 'partitions.weighted',
  slot: 'partitions',
  schema: lazySchema(async () => (await import('./weighted.schema.ts')).schema),
  stream(stream, { weights }, run) {
    checkPartitions(stream, run, {
      path: 'partitions.weighted.weights',
      value: weights,
      fits: count => weights.length === count,
      expected: count => `${count} weights, as many as the topic has partitions, not ${weights.length}`,
    })
    const random = stream.random('partition')
    const table = aliasTable(weights)
    stream.hooks.partitionFor.tap(draft => {
      random.seek(draft.index)
      return pick(table, random)
    })
  },
})
