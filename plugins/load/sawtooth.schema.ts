import { z } from 'zod'
import { duration, factor } from '../options/kinds.ts'

export const schema = z
  .strictObject({
    period: duration('1ms', '7d').describe('length of a tooth').prefault('10s'),
    low: factor().describe('factor of the rate at its beginning').default(0),
    high: factor().describe('factor of the rate at its end').default(2),
  })
  .refine(o => o.low < o.high, { message: 'expected a factor above low', path: ['high'] })
