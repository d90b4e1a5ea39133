import { z } from 'zod'
import { real } from '../options/kinds.ts'
import { cardinality } from './cardinality.schema.ts'

export const schema = z
  .strictObject({
    cardinality: cardinality().describe('number of different keys').default(1_000_000),
    mean: real(0, 2 ** 53)
      .describe('the most frequent key; none: the middle')
      .optional(),
    deviation: real(0, 2 ** 53).describe('standard deviation, in keys: two records of three are within it'),
  })
  .refine(o => o.mean === undefined || o.mean <= o.cardinality - 1, {
    message: 'expected at most the last key, cardinality − 1',
    path: ['mean'],
  })
  .refine(o => o.deviation <= o.cardinality, {
    message: 'expected at most cardinality: so wide it is uniform, as keys.random is',
    path: ['deviation'],
  })
