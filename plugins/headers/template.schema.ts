import { z } from 'zod'
import { choice } from '../options/kinds.ts'
import { parseTemplate, type Template } from '../options/template.ts'
import { headerName } from './kinds.ts'

const TAKES = "a text of up to 1024 characters with ranges, such as 'tenant-{0..99}'"

const template = z
  .custom<string>(
    value => typeof value === 'string' && value !== '' && value.length <= 1024,
    `expected ${TAKES}`,
  )
  .transform((written, context): Template => {
    const read = parseTemplate(written)
    if ('parts' in read) return read
    context.issues.push({ code: 'custom', message: `expected ${read.expected}`, input: written })
    return z.NEVER
  })
  .meta({ takes: TAKES })

export const schema = z.strictObject({
  name: headerName().describe('of the header'),
  template: template.describe('each range in braces is a number, with leading zeros where it is written so'),
  order: choice('cycle', 'random').default('random').describe('all values in turn, or each drawn uniformly'),
})
