import { avroFormat } from './avro/format.ts'
import { readRegistryOptions, registryOptions } from './registry/options.schema.ts'
import { shaped } from './shaped.ts'

const options = registryOptions('an Avro schema as JSON')

export const schema = shaped(
  options,
  options.transform((o, context) => readRegistryOptions(o, avroFormat, context)),
)
