import { z } from 'zod'
import { duration, factor, whole } from '../options/kinds.ts'

export const schema = z
  .strictObject({
    from: factor().describe('factor of the rate on the first step').default(0.1),
    to: factor().describe('factor of the rate on the last step, and from then on').default(1),
    steps: whole(2, 100_000).describe('number of steps, the first and the last among them').default(10),
    every: duration('1ms', '7d')
      .describe('length of a step; none: all steps together last as long as the run')
      .optional(),
  })
  .refine(o => o.from !== o.to, { message: 'expected another factor than from', path: ['to'] })
