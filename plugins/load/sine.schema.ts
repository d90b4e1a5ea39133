import { z } from 'zod'
import { duration, share } from '../options/kinds.ts'

export const schema = z.strictObject({
  period: duration('100ms', '7d').describe('from one peak to the next').prefault('1m'),
  amplitude: share(0.001, 1)
    .describe('of the rate: 0.5 swings between half and one and a half times the rate')
    .default(0.5),
  phase: share()
    .describe('of a period, where the run begins: 0 at the mean and rising, 0.25 at the peak')
    .default(0),
})
