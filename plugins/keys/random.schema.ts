import { z } from 'zod'
import { cardinality } from './cardinality.schema.ts'

export const schema = z.strictObject({
  cardinality: cardinality().describe('number of different keys').default(1_000_000),
})
