import { z } from 'zod'
import { duration, factor, real } from '../options/kinds.ts'

/** People who are awake by day and at leisure in the evening. Its mean is 1. */
const CURVE = [
  ...[0.55, 0.4, 0.3, 0.25, 0.24, 0.28, 0.42, 0.65, 0.9, 1.1, 1.22, 1.28],
  ...[1.3, 1.28, 1.24, 1.22, 1.24, 1.32, 1.46, 1.62, 1.72, 1.62, 1.34, 1.05],
]
const EXPECTED = 'expected 24 factors, one for each hour from midnight on'

export const schema = z.strictObject({
  curve: z
    .array(factor(), { error: EXPECTED })
    .length(24, { error: EXPECTED })
    .refine(curve => curve.some(f => f > 0), { error: 'expected a factor above 0' })
    .describe('factors of the rate at 0:00, 1:00 … 23:00')
    .meta({ takes: '24 factors from 0 to 1000' })
    .default(CURVE),
  period: duration('1s', '7d').describe('how long such a day takes').prefault('24h'),
  from: real(0, 24).describe("hour of the day at the run's beginning: 8.5 is half past eight").default(0),
})
