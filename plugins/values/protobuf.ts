import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { protobufFormat } from './protobuf/format.ts'
import { registryValues } from './registry/values.ts'

/** Values are Protobuf messages in the wire format of schema registries; the schema is a file's or the registry's. */
export const protobuf = definePlugin({
  name: 'values.protobuf',
  slot: 'values',
  schema: lazySchema(async () => (await import('./protobuf.schema.ts')).schema),
  stream(stream, { message, ...options }, run) {
    registryValues(stream, options, run, protobufFormat(message), 'values.protobuf')
  },
})
