import { z } from 'zod'
import { duration, share, size, whole } from '../options/kinds.ts'

const open = z
  .strictObject({
    every: duration('100ms', '1h').describe('between the begins of two such transactions of the stream'),
    for: duration('1ms', '50s').describe('how long one stays open, whatever records, bytes and every say'),
  })
  .refine(o => o.for < o.every, { message: 'expected less than open.every', path: ['for'] })

export const schema = z
  .strictObject({
    records: whole(1, 1e9).optional().describe('that end a transaction'),
    bytes: size('1B', '1GiB').optional().describe('of values that end a transaction'),
    every: duration('1ms', '50s').optional().describe('after which a transaction ends'),
    abort: share().default(0).describe('of transactions that are aborted'),
    open: open
      .optional()
      .describe('transactions that stay open for long, and hold readers of committed records back'),
    fence: duration('100ms', '1h')
      .optional()
      .describe('between two fencings: another producer takes the id of one of the stream, in turn'),
  })
  .refine(o => (o.records ?? o.bytes ?? o.every) !== undefined, {
    message: 'expected one of records, bytes and every at least, which end a transaction: whichever is first',
    path: ['records'],
  })
