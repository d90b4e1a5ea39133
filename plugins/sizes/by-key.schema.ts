import { z } from 'zod'
import { type KeyPattern, keyPattern, PATTERN } from './key-pattern.ts'
import { sizeRange, valueSize, weightedSizes } from './kinds.ts'
import type { Range } from './range.ts'

const MOST_CLASSES = 10_000
/** What a walk of a key may be long, and the tree large. */
const LONGEST_PATTERN = 256

export interface KeyClass extends Range {
  readonly pattern: KeyPattern
}

const TAKES = `1 to ${MOST_CLASSES} keys, beginnings or ranges of numbers, each with a size or a range of sizes`
const EXPECTED = `expected ${TAKES}, such as { 'vip': '64KiB', 'user-*': '1KiB-4KiB', '{0..99}': '8KiB' }`
const EXPECTED_PATTERN = `expected ${PATTERN} of at most ${LONGEST_PATTERN} characters`

const classes = z
  .record(z.string(), sizeRange(), { error: EXPECTED })
  .transform((written, context): readonly KeyClass[] => {
    const fail = (message: string, ...path: string[]) =>
      void context.issues.push({ code: 'custom', message, input: written, path })
    const entries = Object.entries(written)
    if (entries.length === 0 || entries.length > MOST_CLASSES) fail(EXPECTED)
    const read = entries.flatMap(([name, range]) => {
      const pattern = name.length > LONGEST_PATTERN ? undefined : keyPattern(name)
      if (pattern === undefined) fail(EXPECTED_PATTERN, name)
      return pattern === undefined ? [] : [{ name, pattern, ...range }]
    })
    const ranges = read.filter(c => c.pattern.kind === 'range')
    const sorted = ranges.sort((a, b) =>
      a.pattern.text === b.pattern.text
        ? a.pattern.from - b.pattern.from
        : a.pattern.text < b.pattern.text
          ? -1
          : 1,
    )
    for (const [i, { name, pattern }] of sorted.entries()) {
      const before = sorted[i - 1]
      if (before?.pattern.text === pattern.text && before.pattern.to >= pattern.from)
        fail(`expected a range that shares no number with ${before.name}`, name)
    }
    return read.map(({ pattern, low, high }) => ({ pattern, low, high }))
  })
  .meta({ takes: TAKES })

export const schema = z
  .strictObject({
    classes: classes
      .optional()
      .describe('of keys; the most particular one counts. Of a range of sizes each key has one of its own'),
    sizes: weightedSizes()
      .optional()
      .describe(
        'of the keys that have no class, by a hash of the key: the weights are shares of keys, not of records',
      ),
    default: valueSize()
      .optional()
      .describe('of all other keys, and of records without one; none: the size of the stream'),
  })
  .refine(o => o.classes !== undefined || o.sizes !== undefined, {
    message: "expected classes, sizes or both, such as { classes: { 'user-*': '1KiB' } }",
    path: ['classes'],
  })
