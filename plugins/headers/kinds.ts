/** What options of headers take. For schemas. */
import { z } from 'zod'
import { STAMP_HEADER } from '../../core/plugin.ts'

/** Characters. */
const LONGEST = 256
const TAKES = `the name of a header, 1 to ${LONGEST} characters`

export const headerName = () =>
  z
    .string({ error: `expected ${TAKES}` })
    .min(1, { error: `expected ${TAKES}` })
    .max(LONGEST, { error: `expected ${TAKES}` })
    .refine(name => name !== STAMP_HEADER, {
      message: `expected another name than ${STAMP_HEADER}, which is the header of the engine's own stamp`,
    })
    .meta({ takes: TAKES })
