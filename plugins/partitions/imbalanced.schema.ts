import { z } from 'zod'
import { real } from '../options/kinds.ts'

export const schema = z.strictObject({
  skew: real(0, 100)
    .describe('exponent s: partition p gets (p + 1)^−s times as many as partition 0; 0 is even')
    .default(1),
})
