/**
 * Weights as users write them: numbers, of which only the proportions count (7 and 3 are 70 and 30), or all of them in
 * percent ('70%'), which then add up to 100.
 */

/** What a weight may be. */
export const WEIGHT = "a number from 0 on, such as 70, or a share such as '70%'"
const LARGEST = 1e15

/** The weights, or what is wrong: with the one at `at`, or with all of them. */
export function weightsOf(
  written: readonly unknown[],
): { readonly weights: number[] } | { readonly at?: number; readonly expected: string } {
  const read = written.map(numberOf)
  const odd = read.indexOf(undefined)
  if (odd >= 0) return { at: odd, expected: WEIGHT }
  const weights = read as number[]
  const shares = written.filter(w => typeof w === 'string').length
  if (shares > 0 && shares < written.length) {
    const at = written.findIndex(w => typeof w !== 'string')
    return { at, expected: "a share such as '70%', since others are in percent" }
  }
  const sum = weights.reduce((all, n) => all + n, 0)
  if (!(sum > 0)) return { expected: 'a weight above 0' }
  if (shares > 0 && Math.abs(sum - 100) > 1e-9)
    return { expected: `shares that add up to 100 %, not to ${Number(sum.toPrecision(12))} %` }
  return { weights }
}

function numberOf(weight: unknown): number | undefined {
  const percent = typeof weight === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(weight)?.[1] : undefined
  const n = percent === undefined ? weight : Number(percent)
  return typeof n === 'number' && n >= 0 && n <= LARGEST ? n : undefined
}
