import { z } from 'zod'
import { duration, factor } from '../options/kinds.ts'

export const schema = z
  .strictObject({
    every: duration('1ms', '7d').describe('from one spike to the next').prefault('1m'),
    length: duration('1ms', '7d')
      .describe('of a spike, from its foot to its foot; at most `every`')
      .prefault('2s'),
    peak: factor(1.001, 1000).describe('factor of the rate at the top').default(10),
  })
  .refine(o => o.length <= o.every, {
    message: 'expected at most every: a spike is within its period',
    path: ['length'],
  })
