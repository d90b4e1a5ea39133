import { z } from 'zod'
import { duration, factor } from '../options/kinds.ts'
import { valueSize } from './kinds.ts'

const MOST_POINTS = 100_000
const MOST = 1000

const point = z
  .strictObject({
    at: duration('0s', '365d').describe('since the start of the run, its warm-up included'),
    size: valueSize().optional().describe('of the values at that time'),
    factor: factor(0, MOST).optional().describe('of the size that other plugins, or the option size, give'),
  })
  .refine(p => (p.size === undefined) !== (p.factor === undefined), {
    message: `expected a point with at and either a size or a factor from 0 to ${MOST}`,
  })

const EXPECTED = `expected 2 to ${MOST_POINTS} points, such as { at: '0s', size: '100B' }`

export const schema = z
  .strictObject({
    points: z
      .array(point, { error: EXPECTED })
      .min(2, { error: EXPECTED })
      .max(MOST_POINTS, { error: EXPECTED })
      .meta({ takes: `2 to ${MOST_POINTS} points { at, size } or { at, factor }` })
      .describe('in the order of their times; linear between two, two at one time are a jump'),
    every: duration('1ms', '365d')
      .optional()
      .describe('begins again after so long; none: stays as at the last point'),
  })
  .superRefine(({ points, every }, context) => {
    const fail = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path })
    const kind = points[0]?.size === undefined ? 'factor' : 'size'
    for (const [i, p] of points.entries()) {
      if (p.size !== p.factor && p[kind] === undefined)
        fail(`expected a ${kind}, as the points before have`, 'points', i)
      const before = points[i - 1]
      if (before !== undefined && p.at < before.at)
        fail('expected a time that is not before that of the last point', 'points', i, 'at')
    }
    const last = points.at(-1)
    if (every !== undefined && last !== undefined && every < last.at)
      fail("expected a duration of at least the last point's time", 'every')
  })
