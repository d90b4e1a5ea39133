import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { avroFormat } from './avro/format.ts'
import { registryValues } from './registry/values.ts'

/** Values are Avro documents in the wire format of schema registries; the schema is a file's or the registry's. */
export const avro = definePlugin({
  name: 'values.avro',
  slot: 'values',
  schema: lazySchema(async () => (await import('./avro.schema.ts')).schema),
  stream(stream, options, run) {
    registryValues(stream, options, run, avroFormat, 'values.avro')
  },
})
