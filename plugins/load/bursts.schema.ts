import { z } from 'zod'
import { duration, factor, share } from '../options/kinds.ts'

export const schema = z
  .strictObject({
    on: duration('1ms', '7d').describe('length of a burst').prefault('1s'),
    off: duration('1ms', '7d')
      .describe('time between the end of a burst and the start of the next one')
      .prefault('9s'),
    peak: factor().describe('factor of the rate in a burst').default(5),
    floor: factor().describe('factor of the rate between bursts').default(1),
    jitter: share().describe('share of `off` within which chance moves the start of each burst').default(0),
  })
  .refine(o => o.peak > o.floor, { message: 'expected a factor above floor', path: ['peak'] })
