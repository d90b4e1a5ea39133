import { z } from 'zod'
import { real } from '../options/kinds.ts'
import { cardinality } from './cardinality.schema.ts'

export const schema = z.strictObject({
  cardinality: cardinality().describe('number of different keys').default(1_000_000),
  skew: real(0, 100)
    .describe('exponent s: the key k comes (k + 1)^−s times as often as key 0; 0 is uniform')
    .default(1),
})
