import { z } from 'zod'
import { sizeInBytes } from '../../core/plugin.ts'

const size = z.union([z.number(), z.string()]).transform((value, context) => {
  const bytes = sizeInBytes(value)
  if (bytes !== undefined) return bytes
  context.issues.push({ code: 'custom', message: "expected a size such as 800 or '8KiB'", input: value })
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
