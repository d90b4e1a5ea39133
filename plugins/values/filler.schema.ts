import { z } from 'zod'
import { share } from '../options/kinds.ts'

export const schema = z.strictObject({
  compressibility: share()
    .default(0.5)
    .describe('what zstd leaves of a batch of them: 0.3 compresses to 30 %, 1 not at all'),
})
