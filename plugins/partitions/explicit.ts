import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { checkPartitions } from './topic-partitions.ts'

/** Sends all records to one partition, or to several of them in turn, whatever their keys. */
export const explicit = definePlugin({
  name: 'partitions.explicit',
  slot: 'partitions',
  schema: lazySchema(async () => (await import('./explicit.schema.ts')).schema),
  stream(stream, { partition, partitions = [partition ?? 0] }, run) {
    checkPartitions(stream, run, {
      path: `partitions.explicit.${partition === undefined ? 'partitions' : 'partition'}`,
      value: partition ?? partitions,
      fits: count => partitions.every(p => p < count),
      expected: count => `partitions from 0 to ${count - 1}, since the topic has ${count}`,
    })
    const { length } = partitions
    const turns = Int32Array.from(partitions)
    stream.hooks.partitionFor.tap(draft => turns[draft.index % length])
  },
})
