import { z } from 'zod'
import { duration, factor } from '../options/kinds.ts'

export const schema = z
  .strictObject({
    from: factor().describe('factor of the rate at the beginning').default(0),
    to: factor().describe('factor of the rate at the end, and from then on').default(1),
    over: duration('1ms', '7d').describe('length of the ramp; none: to the end of the run').optional(),
    after: duration('0s', '7d').describe('time before it, at factor `from`').prefault('0s'),
  })
  .refine(o => o.from !== o.to, { message: 'expected another factor than from', path: ['to'] })
