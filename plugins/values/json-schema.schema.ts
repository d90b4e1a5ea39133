import { jsonSchemaFormat } from './json-schema/format.ts'
import { readRegistryOptions, registryOptions } from './registry/options.schema.ts'
import { shaped } from './shaped.ts'

const options = registryOptions('a JSON Schema')

export const schema = shaped(
  options,
  options.transform((o, context) => readRegistryOptions(o, jsonSchemaFormat, context)),
)
