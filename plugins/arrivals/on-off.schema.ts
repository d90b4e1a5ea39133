import { z } from 'zod'
import { duration, share } from '../options/kinds.ts'

export const schema = z.strictObject({
  on: duration('1ms', '7d').describe('mean time at the high rate').prefault('1s'),
  off: duration('1ms', '7d').describe('mean time at the low rate').prefault('4s'),
  low: share(0, 0.999)
    .describe("the low rate, as a share of the schedule's; the high rate follows from it")
    .default(0),
})
