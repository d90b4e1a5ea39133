import { z } from 'zod'
import { cardinality } from './cardinality.schema.ts'

export const schema = z.strictObject({
  cardinality: cardinality()
    .describe('number of different keys, after which it begins again from 0; none: it goes on')
    .optional(),
})
