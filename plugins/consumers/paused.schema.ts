import { z } from 'zod'
import { duration } from '../options/kinds.ts'
import { notBoth, ONE_OF, whom } from './whom.schema.ts'

export const schema = z
  .strictObject({
    from: duration('0s', '7d')
      .describe('when the pause begins, from the start of the warm-up')
      .prefault('0s'),
    for: duration('100ms', '7d').describe('how long it takes'),
    every: duration('1s', '7d').optional().describe('from one pause to the next; none: a single one'),
    ...whom,
  })
  .refine(o => o.every === undefined || o.for < o.every, {
    message: 'expected a pause that is shorter than the time from one to the next (every)',
    path: ['for'],
  })
  .refine(notBoth, ONE_OF)
