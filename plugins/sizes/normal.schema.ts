import { z } from 'zod'
import { valueSize } from './kinds.ts'
import { LARGEST } from './range.ts'
import { LEAST_SHARE, normalBetween } from './truncated.ts'

export const schema = z
  .strictObject({
    mean: valueSize('1B').describe('of the distribution before it is cut off at min and max'),
    deviation: valueSize('1B').describe('its standard deviation, before it is cut off'),
    min: valueSize().prefault('0B').describe('smallest value'),
    max: valueSize().prefault(LARGEST).describe('largest value, included'),
  })
  .refine(o => o.min <= o.max, { message: 'expected a size of at most max', path: ['min'], abort: true })
  .refine(o => normalBetween(o).share >= LEAST_SHARE, {
    message: `expected min and max with at least ${LEAST_SHARE * 100} % of the distribution between them`,
    path: ['min'],
  })
