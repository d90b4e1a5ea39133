import { z } from 'zod'
import { share } from '../options/kinds.ts'

export const schema = z.strictObject({
  share: share().default(0.1).describe('of all records: those have no value'),
})
