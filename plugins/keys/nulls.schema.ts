import { z } from 'zod'
import { share } from '../options/kinds.ts'

export const schema = z.strictObject({
  share: share().describe('of all records, those without a key'),
})
