import { text } from '../options/kinds.ts'
import { protobufFormat } from './protobuf/format.ts'
import { readRegistryOptions, registryOptions } from './registry/options.schema.ts'
import { shaped } from './shaped.ts'

const options = registryOptions('a .proto').extend({
  message: text('the name of a message')
    .optional()
    .describe('which message of the schema; else its first one'),
})

export const schema = shaped(
  options,
  options.transform((o, context) => {
    const { message } = o
    return { ...readRegistryOptions(o, protobufFormat(message), context), message }
  }),
)
