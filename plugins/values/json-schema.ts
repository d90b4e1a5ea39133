import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { jsonSchemaFormat } from './json-schema/format.ts'
import { registryValues } from './registry/values.ts'

/** Values are JSON documents of a JSON Schema in the wire format of schema registries; the schema is a file's or the registry's. */
export const jsonSchema = definePlugin({
  name: 'values.jsonSchema',
  slot: 'values',
  schema: lazySchema(async () => (await import('./json-schema.schema.ts')).schema),
  stream(stream, options, run) {
    registryValues(stream, options, run, jsonSchemaFormat, 'values.jsonSchema')
  },
})
