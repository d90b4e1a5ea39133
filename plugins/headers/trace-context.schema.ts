import { z } from 'zod'
import { share } from '../options/kinds.ts'

const MEMBERS = 32
const LENGTH = 512
const KEY = String.raw`(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})`
// no comma, no equals sign, and no space at its end
const VALUE = String.raw`[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]`
const MEMBER = new RegExp(`^${KEY}=${VALUE}$`)

const TAKES = `a list of at most ${MEMBERS} members 'key=value' and ${LENGTH} characters, as W3C Trace Context has it`

/** https://www.w3.org/TR/trace-context/#tracestate-header */
function isTraceState(text: string): boolean {
  const members = text.split(',').map(m => m.trim())
  const keys = new Set(members.map(m => m.split('=')[0]))
  return (
    text.length <= LENGTH &&
    members.length <= MEMBERS &&
    keys.size === members.length &&
    members.every(m => MEMBER.test(m))
  )
}

export const schema = z.strictObject({
  sampled: share()
    .prefault(1)
    .describe('of the records whose trace is to be recorded: the flag `sampled` of traceparent'),
  tracestate: z
    .string({ error: `expected ${TAKES}` })
    .refine(isTraceState, { message: `expected ${TAKES}, such as 'loadtest=1'` })
    .meta({ takes: TAKES })
    .optional()
    .describe('a header tracestate, the same for every record'),
})
