import { definePlugin, lazySchema } from '../../core/plugin.ts'

/** Asks a function of the configuration for each record's partition. */
export const custom = definePlugin({
  name: 'partitions.custom',
  slot: 'partitions',
  schema: lazySchema(async () => (await import('./custom.schema.ts')).schema),
  stream(stream, { choose }) {
    stream.hooks.partitionFor.tap((draft, partitions) => {
      const partition = choose(draft, partitions)
      // here it is the plugin's; the engine would say it of the hook alone
      if (typeof partition === 'number' && !(partition >= 0 && partition < partitions))
        throw new RangeError(`choose answered ${partition}, expected 0 to ${partitions - 1} or nothing`)
      return partition
    })
  },
})
