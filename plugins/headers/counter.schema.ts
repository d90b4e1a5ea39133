import { z } from 'zod'
import { choice, whole } from '../options/kinds.ts'
import { headerName } from './kinds.ts'

export const schema = z.strictObject({
  name: headerName().describe('of the header'),
  start: whole(0, 2 ** 52)
    .default(0)
    .describe('the number of the first record'),
  encoding: choice('text', 'int64')
    .default('text')
    .describe(
      'text: decimal digits; int64: 8 bytes, the highest first, as the LongSerializer of Java writes them',
    ),
})
