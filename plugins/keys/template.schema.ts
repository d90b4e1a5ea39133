import { z } from 'zod'
import { choice } from '../options/kinds.ts'
import { template } from '../options/template.schema.ts'

export const schema = z.strictObject({
  template: template('key', 'user-{0..9999}').describe(
    'the key; each range in braces is a number, with leading zeros where it is written so',
  ),
  order: choice('cycle', 'random').describe('all keys in turn, or each drawn uniformly').default('cycle'),
})
