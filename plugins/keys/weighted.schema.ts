import { z } from 'zod'
import { WEIGHT, weightsOf } from '../options/weights.ts'

/** A key and its weight: a number, or a share such as '70%'. */
export interface WeightedKey {
  readonly key: string | number
  readonly weight: number | string
}
type Written = Readonly<Record<string, number | string>> | readonly WeightedKey[]

const MOST = 1_000_000
const TAKES = 'weights by key, such as { a: 70, b: 30 }, or a list of { key, weight }, at most 1,000,000'

interface Problem {
  readonly path: (string | number)[]
  readonly input: unknown
  readonly expected: string
}

/** Key, weight and where each of them stands; or undefined where it is neither an object nor a list. */
function entriesOf(
  written: unknown,
): { key: unknown; weight: unknown; path: (string | number)[] }[] | undefined {
  if (Array.isArray(written))
    return written.map((one: unknown, i) => {
      const { key, weight, ...odd } = Object(one) as Record<string, unknown>
      return { key: Object.keys(odd).length === 0 ? key : undefined, weight, path: [i] }
    })
  if (typeof written !== 'object' || written === null) return undefined
  return Object.entries(written).map(([key, weight]) => ({ key, weight, path: [key] }))
}

function read(written: unknown): { texts: string[]; weights: number[] } | Problem {
  const all = (expected: string): Problem => ({ path: [], input: written, expected })
  const entries = entriesOf(written)
  if (entries === undefined) return all(TAKES)
  if (entries.length === 0 || entries.length > MOST) return all(`1 to 1,000,000 keys, not ${entries.length}`)
  const texts = new Set<string>()
  for (const { key, path } of entries) {
    const known = (typeof key === 'string' && key !== '') || Number.isSafeInteger(key)
    if (!known)
      return { path, input: at(written, path), expected: '{ key, weight }, the key a text or a whole number' }
    if (texts.has(String(key)))
      return { path, input: at(written, path), expected: `each key once, but ${key} is there twice` }
    texts.add(String(key))
  }
  const weights = weightsOf(entries.map(e => e.weight))
  if ('weights' in weights) return { texts: [...texts], ...weights }
  const entry = entries[weights.at ?? -1]
  if (entry === undefined) return all(weights.expected)
  const path = Array.isArray(written) ? [...entry.path, 'weight'] : entry.path
  return { path, input: entry.weight, expected: weights.expected }
}

function at(written: unknown, [key = '']: readonly (string | number)[]): unknown {
  return (written as Record<string, unknown>)[key]
}

const keys = z
  .custom<Written>()
  .transform((written, context) => {
    const answer = read(written)
    if ('texts' in answer) return answer
    const { path, input, expected } = answer
    context.issues.push({ code: 'custom', message: `expected ${expected}`, input, path })
    return z.NEVER
  })
  .meta({ takes: TAKES })

export const schema = z.strictObject({
  keys: keys.describe(`the keys, and how often each comes: ${WEIGHT}`),
})
