import { z } from 'zod'
import { valueSize } from './kinds.ts'
import { LARGEST } from './range.ts'
import { LEAST_SHARE, lognormalBetween } from './truncated.ts'

export const schema = z
  .strictObject({
    median: valueSize('1B').describe(
      'half of the values are smaller, before they are cut off at min and max',
    ),
    p99: valueSize('1B').describe('one value of a hundred is larger, before they are cut off'),
    min: valueSize().prefault('0B').describe('smallest value'),
    max: valueSize().prefault(LARGEST).describe('largest value, included'),
  })
  .refine(o => o.median < o.p99, { message: 'expected a size above median', path: ['p99'], abort: true })
  .refine(o => o.min <= o.max, { message: 'expected a size of at most max', path: ['min'], abort: true })
  .refine(o => lognormalBetween(o).share >= LEAST_SHARE, {
    message: `expected min and max with at least ${LEAST_SHARE * 100} % of the distribution between them`,
    path: ['min'],
  })
