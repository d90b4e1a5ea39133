import { z } from 'zod'
import { duration, flag } from '../options/kinds.ts'

export const schema = z.strictObject({
  build: duration('0s', '7d').describe(
    'how long nobody reads, from the start of the warm-up; 0: what is there already',
  ),
  stop: flag().describe('ends the run when the backlog is drained').default(false),
})
