import { z } from 'zod'
import { weightedSizes } from './kinds.ts'

export const schema = z.strictObject({
  sizes: weightedSizes().describe('a range is uniform within, both ends included'),
})
