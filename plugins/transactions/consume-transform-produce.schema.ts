import { z } from 'zod'
import { duration, share, size, text, whole } from '../options/kinds.ts'
import type { Transform } from './pipeline.ts'

const TRANSFORM = 'a function of a record that answers { key, value, headers }, or nothing to pass over it'

export const schema = z
  .strictObject({
    from: text('the name of a topic').describe(
      'topic that is read: of a stream of the run, or one that is there',
    ),
    group: text('the name of a group').describe(
      'consumer group, to which offsets are committed in the transactions',
    ),
    instance: text('a name')
      .optional()
      .describe('makes members static, NAME-0, NAME-1 …: one that was killed comes back to what it had'),
    records: whole(1, 1e9).optional().describe('that end a transaction'),
    bytes: size('1B', '1GiB').optional().describe('of values that end a transaction'),
    every: duration('1ms', '50s').optional().describe('after which a transaction ends'),
    abort: share().default(0).describe('of transactions that are aborted, and read and written again'),
    transform: z
      .custom<Transform>(value => typeof value === 'function', `expected ${TRANSFORM}`)
      .meta({ takes: TRANSFORM })
      .optional()
      .describe('what is written for a record; none: the record as it is'),
  })
  .refine(o => (o.records ?? o.bytes ?? o.every) !== undefined, {
    message: 'expected one of records, bytes and every at least, which end a transaction: whichever is first',
    path: ['records'],
  })
  .refine(o => o.abort < 1, {
    message: 'expected less than 1: nothing would ever be committed',
    path: ['abort'],
  })
