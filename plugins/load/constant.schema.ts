import { z } from 'zod'
import { recordRate } from '../options/kinds.ts'

export const schema = z.strictObject({
  rate: recordRate(0.001, 1e9)
    .describe('rate instead of all that was made of it so far; none: the mean of that')
    .optional(),
})
