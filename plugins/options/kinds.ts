/**
 * What options of the built-ins take, in units. Each kind says what it expects in the words of its fault, and `takes` of its
 * metadata is what the plugin's page shows: docs/generate.ts reads it.
 */
import { z } from 'zod'
import { durationInUs, rateOf, sizeInBytes } from '../../core/plugin.ts'

/** A kind that is read from a number or a text; what is outside of its limits is told with both. */
function kind<T>(takes: string, example: string, read: (value: number | string) => T | undefined) {
  const expected = `expected ${takes}${example === '' ? '' : `, such as ${example}`}`
  return z
    .union([z.number(), z.string()], { error: expected })
    .transform((value, context) => {
      const answer = read(value)
      if (answer !== undefined) return answer
      context.issues.push({ code: 'custom', message: expected, input: value })
      return z.NEVER
    })
    .meta({ takes })
}

/** A text of nothing is no number. */
const numberIn = (value: number | string) => (String(value).trim() === '' ? Number.NaN : Number(value))
const within = (n: number | undefined, low: number, high: number) =>
  n !== undefined && n >= low && n <= high ? n : undefined

/** → bytes. The limits as they are written: '1B', '64MiB'. */
export const size = (low: string, high: string) =>
  kind(`a size from ${low} to ${high}`, "'8KiB' or 800 (bytes)", value =>
    within(sizeInBytes(value), sizeInBytes(low) as number, sizeInBytes(high) as number),
  )
/** → µs. */
export const duration = (low: string, high: string) =>
  kind(`a duration from ${low} to ${high}`, "'500ms' or 2 (seconds)", value =>
    within(durationInUs(value), durationInUs(low) as number, durationInUs(high) as number),
  )
/** → 0 to 1. */
export const share = (low = 0, high = 1) =>
  kind(`a share from ${low} to ${high}`, "0.2 or '20%'", value => {
    const percent = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(value)?.[1] : undefined
    return within(percent === undefined ? numberIn(value) : Number(percent) / 100, low, high)
  })
/** → records/s. */
export const recordRate = (low: number, high: number) =>
  kind(`a rate from ${low}/s to ${high}/s`, "'5k/s' or 5000", value => {
    const read = rateOf(value)
    return read?.unit === 'records' ? within(read.rate, low, high) : undefined
  })
export const whole = (low: number, high: number) =>
  bounded(z.number().int(), `a whole number from ${low} to ${high}`, low, high)
/** Any number. */
export const real = (low: number, high: number) =>
  bounded(z.number(), `a number from ${low} to ${high}`, low, high)
/** A factor of the stream's rate; 0 is none of it. */
export const factor = (low = 0, high = 1000) =>
  bounded(z.number(), `a factor from ${low} to ${high}`, low, high)

function bounded(number: z.ZodNumber, takes: string, low: number, high: number) {
  return z
    .custom<number>(value => {
      const read = number.safeParse(value)
      return read.success && within(read.data, low, high) !== undefined
    }, `expected ${takes}`)
    .meta({ takes })
}

export const text = (takes = 'a text') =>
  z
    .string({ error: `expected ${takes}` })
    .min(1, { error: `expected ${takes}` })
    .meta({ takes })
export const flag = () => z.boolean({ error: 'expected true or false' }).meta({ takes: 'true or false' })
export const choice = <const T extends readonly [string, ...string[]]>(...of: T) =>
  z.enum(of, { error: `expected one of ${of.join(', ')}` }).meta({ takes: `one of ${of.join(', ')}` })
