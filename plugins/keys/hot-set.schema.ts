import { z } from 'zod'
import { share } from '../options/kinds.ts'
import { cardinality } from './cardinality.schema.ts'

export const schema = z
  .strictObject({
    cardinality: cardinality()
      .describe('number of different keys, the hot ones among them')
      .default(1_000_000),
    hot: cardinality().describe('number of hot keys: 0 … hot − 1'),
    share: share().describe('of all records, what the hot keys get together'),
  })
  .refine(o => o.hot < o.cardinality, { message: 'expected less than cardinality', path: ['hot'] })
