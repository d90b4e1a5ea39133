import { z } from 'zod'
import { sizeInBytes } from '../../core/plugin.ts'

const EXPECTED = "expected a size such as 800 or '8KiB'"
const size = z.union([z.number(), z.string()], { error: EXPECTED }).transform((value, context) => {
  const bytes = sizeInBytes(value)
  if (bytes !== undefined) return bytes
  context.issues.push({ code: 'custom', message: EXPECTED, input: value })
  return z.NEVER
})

export const schema = z
  .strictObject({
    /** Smallest value, in bytes or as '100B'. */
    min: size,
    /** Largest value, included. */
    max: size,
  })
  .refine(o => o.min <= o.max, { message: 'expected min ≤ max', path: ['min'] })
