import { z } from 'zod'
import { valueSize } from './kinds.ts'

export const schema = z
  .strictObject({
    min: valueSize().describe('smallest value'),
    max: valueSize().describe('largest value, included'),
  })
  .refine(o => o.min <= o.max, { message: 'expected a size of at most max', path: ['min'] })
