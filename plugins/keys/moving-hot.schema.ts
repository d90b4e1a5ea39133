import { z } from 'zod'
import { duration, share } from '../options/kinds.ts'
import { cardinality } from './cardinality.schema.ts'

export const schema = z
  .strictObject({
    cardinality: cardinality()
      .describe('number of different keys, the hot ones among them')
      .default(1_000_000),
    hot: cardinality().describe('number of keys that are hot at a time').default(1),
    share: share().describe('of all records, what the hot keys get together'),
    every: duration('1ms', '7d').describe('how long they stay hot; then the next ones are'),
  })
  .refine(o => o.hot < o.cardinality, { message: 'expected less than cardinality', path: ['hot'] })
