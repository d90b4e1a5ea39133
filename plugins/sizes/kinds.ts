/** What options of sizes take: sizes of values, ranges of them, and ranges with weights. For schemas. */
import { z } from 'zod'
import { size } from '../options/kinds.ts'
import { WEIGHT, weightsOf } from '../options/weights.ts'
import { LARGEST, type Range, rangeOf } from './range.ts'
import type { Weighted } from './weighted.ts'

const MOST_RANGES = 10_000

/** → bytes. */
export const valueSize = (low = '0B') => size(low, LARGEST)

const TAKES_RANGE = `a size or a range of sizes from 0B to ${LARGEST}`
const EXPECTED_RANGE = `expected ${TAKES_RANGE}, such as '1KiB', '1KiB-4KiB' or 800 (bytes)`

/** → { low, high } in bytes, both included. */
export const sizeRange = () =>
  z
    .union([z.number(), z.string()], { error: EXPECTED_RANGE })
    .transform((value, context): Range => {
      const range = rangeOf(value)
      if (range !== undefined) return range
      context.issues.push({ code: 'custom', message: EXPECTED_RANGE, input: value })
      return z.NEVER
    })
    .meta({ takes: TAKES_RANGE })

const TAKES_WEIGHTS = `1 to ${MOST_RANGES} sizes or ranges of sizes, each with its weight: ${WEIGHT}`
const EXPECTED_WEIGHTS = `expected 1 to ${MOST_RANGES} sizes or ranges of sizes with their weights, such as { '100B': 70, '1KiB-4KiB': 25 }`

/** → ranges with weights above 0. */
export const weightedSizes = () =>
  z
    .record(z.string(), z.union([z.number(), z.string()], { error: `expected ${WEIGHT}` }), {
      error: EXPECTED_WEIGHTS,
    })
    .transform((written, context): readonly Weighted[] => {
      const names = Object.keys(written)
      const fail = (message: string, ...path: string[]) =>
        void context.issues.push({ code: 'custom', message, input: written, path })
      if (names.length === 0 || names.length > MOST_RANGES) fail(EXPECTED_WEIGHTS)
      const ranges = names.map(name => {
        const range = rangeOf(name)
        if (range === undefined) fail(EXPECTED_RANGE, name)
        return range ?? { low: 0, high: 0 }
      })
      const read = names.length === 0 ? { weights: [] } : weightsOf(Object.values(written))
      if (!('weights' in read)) {
        const odd = read.at === undefined ? undefined : names[read.at]
        fail(`expected ${read.expected}`, ...(odd === undefined ? [] : [odd]))
        return z.NEVER
      }
      const weighted = ranges.map((range, i) => ({ ...range, weight: read.weights[i] as number }))
      // what is never to be drawn could be, by the rounding of a table
      return weighted.filter(({ weight }) => weight > 0)
    })
    .meta({ takes: TAKES_WEIGHTS })
