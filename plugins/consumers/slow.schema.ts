import { z } from 'zod'
import { duration, recordRate } from '../options/kinds.ts'
import { notBoth, ONE_OF, whom } from './whom.schema.ts'

const time = duration('1us', '1h')
const takes = "a duration from 1us to 1h such as '1ms', or { median, p99 } of such"
const drawn = z
  .strictObject({
    median: time.describe('of half of the records at most'),
    p99: time.describe('of 99 % of them at most'),
  })
  .refine(o => o.median <= o.p99, { message: 'expected p99 to be no less than median', path: ['p99'] })

export const schema = z
  .strictObject({
    rate: recordRate(0.01, 1e9).optional().describe('that a member reads at most'),
    cost: z
      .union([time, drawn], { error: `expected ${takes}` })
      .meta({ takes })
      .optional()
      .describe('that a record takes; with median and p99 it is drawn anew for each, lognormally'),
    ...whom,
  })
  .refine(o => o.rate !== undefined || o.cost !== undefined, {
    message: "expected a rate such as '1k/s', a cost such as '1ms', or both",
    path: ['rate'],
  })
  .refine(notBoth, ONE_OF)
