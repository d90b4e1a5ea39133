import { z } from 'zod'

export const schema = z.strictObject({
  /** Number of distinct keys. @default 1e6 */
  cardinality: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(1_000_000),
})
