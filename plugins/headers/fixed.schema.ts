import { z } from 'zod'
import { headerName } from './kinds.ts'

const MOST = 100
/** Characters of a value. */
const LONGEST = 65_536
const TAKES = `1 to ${MOST} headers by name, each a text of at most ${LONGEST} characters, a number, true or false`
const EXPECTED = `expected ${TAKES}, such as { tenant: 'acme', version: 3 }`

const EXPECTED_VALUE = `expected a text of at most ${LONGEST} characters, a number, true or false`

const value = z
  .union([z.string().max(LONGEST, { error: EXPECTED_VALUE }), z.number(), z.boolean()], {
    error: EXPECTED_VALUE,
  })
  .transform(String)

export const schema = z.strictObject({
  headers: z
    .record(z.string(), value, { error: EXPECTED })
    .superRefine((headers, context) => {
      const names = Object.keys(headers)
      if (names.length === 0 || names.length > MOST) context.addIssue({ code: 'custom', message: EXPECTED })
      for (const name of names) {
        const read = headerName().safeParse(name)
        for (const { message } of read.error?.issues ?? [])
          context.addIssue({ code: 'custom', message, path: [name] })
      }
    })
    .meta({ takes: TAKES })
    .describe('the same for every record'),
})
