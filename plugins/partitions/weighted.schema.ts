import { z } from 'zod'
import { WEIGHT, weightsOf } from '../options/weights.ts'

const MOST = 100_000
const TAKES = 'a list of weights, one for each partition, such as [70, 20, 10, 0]'

const weights = z
  .custom<readonly (number | string)[]>(
    value => Array.isArray(value) && value.length >= 1 && value.length <= MOST,
    `expected ${TAKES}`,
  )
  .transform((written, context) => {
    const read = weightsOf(written)
    if ('weights' in read) return read.weights
    const { at, expected } = read
    const place = at === undefined ? { input: written } : { input: written[at], path: [at] }
    context.issues.push({ code: 'custom', message: `expected ${expected}`, ...place })
    return z.NEVER
  })
  .meta({ takes: TAKES })

export const schema = z.strictObject({
  weights: weights.describe(`what each partition gets, from the first on: ${WEIGHT}`),
})
