import { z } from 'zod'
import { choice, duration, share, whole } from '../options/kinds.ts'
import { notBoth, ONE_OF } from './whom.schema.ts'

const takes = "a whole number from 0 to 99999, or 'next'"

const step = z
  .strictObject({
    at: duration('0s', '7d').describe('when, from the start of the warm-up'),
    what: choice('join', 'leave', 'kill').describe(
      'join: is not there until then; kill: goes without a farewell',
    ),
    for: duration('100ms', '7d').optional().describe('after which it is undone; none: never'),
    every: duration('1s', '7d').optional().describe('from one time to the next; none: a single one'),
    member: z
      .union([whole(0, 99_999), z.literal('next')], { error: `expected ${takes}` })
      .meta({ takes })
      .optional()
      .describe('of each group, by its number; next: one after the other'),
    share: share(0.001, 1)
      .optional()
      .describe('of the members of each group, drawn anew each time; none: all'),
    group: whole(0, 999).optional().describe('a single group, by its number; none: all'),
  })
  .refine(o => o.for === undefined || o.every === undefined || o.for < o.every, {
    message: 'expected less than the time from one to the next (every)',
    path: ['for'],
  })
  .refine(notBoth, ONE_OF)

export const schema = z.strictObject({
  schedule: z
    .array(step, {
      error: "expected a list of steps such as { at: '10s', what: 'kill', member: 0, for: '5s' }",
    })
    .min(1, { error: 'expected at least one step' })
    .describe('who comes and goes, and when'),
})
