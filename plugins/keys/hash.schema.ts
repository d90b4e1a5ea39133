import { z } from 'zod'
import { choice } from '../options/kinds.ts'
import { cardinality } from './cardinality.schema.ts'

export const schema = z.strictObject({
  cardinality: cardinality()
    .describe('number of different keys, after which they come again in the same order')
    .default(2 ** 53),
  format: choice('digits', 'hex').describe('how a key is written; hex has leading zeros').default('digits'),
})
