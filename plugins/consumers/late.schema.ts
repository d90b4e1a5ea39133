import { z } from 'zod'
import { duration } from '../options/kinds.ts'
import { notBoth, ONE_OF, whom } from './whom.schema.ts'

export const schema = z
  .strictObject({
    after: duration('1ms', '7d').describe('when the first one joins, from the start of the warm-up'),
    apart: duration('0s', '7d').describe('from one member of a group to the next').prefault('0s'),
    ...whom,
  })
  .refine(notBoth, ONE_OF)
