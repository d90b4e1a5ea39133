import { z } from 'zod'
import { choice } from '../options/kinds.ts'
import { template } from '../options/template.schema.ts'
import { headerName } from './kinds.ts'

export const schema = z.strictObject({
  name: headerName().describe('of the header'),
  template: template('text', 'tenant-{0..99}').describe(
    'each range in braces is a number, with leading zeros where it is written so',
  ),
  order: choice('cycle', 'random').default('random').describe('all values in turn, or each drawn uniformly'),
})
