/**
 * Goodness of fit, for the distribution tests of traffic plugins: draws with a fixed seed, then
 * `expect(chiSquare(counts, probabilities).p).toBeGreaterThan(ALPHA)`. A right plugin fails once in 10,000 seeds, and
 * never with one that has passed.
 */

/** What p is compared with. */
export const ALPHA = 1e-4
/** Draws of a distribution test. */
export const DRAWS = 1_000_000

/** Cells with fewer draws to expect are put together with the next: the chi-square distribution does not hold for them. */
const LEAST_EXPECTED = 5

export interface Fit {
  readonly statistic: number
  /** Chance of a statistic at least so large if the draws are what they are said to be. */
  readonly p: number
}

/**
 * Pearson's test of counts in cells.
 * @param observed draws in each cell
 * @param probabilities of each cell. They add up to 1: every draw belongs to a cell, the rest to one of its own
 * @param fitted parameters that were estimated from the same draws
 * @throws RangeError for cells that are not those of a distribution
 */
export function chiSquare(
  observed: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  fitted = 0,
): Fit & { readonly degrees: number } {
  if (observed.length !== probabilities.length)
    throw new RangeError(`${observed.length} counts for ${probabilities.length} probabilities`)
  const n = sum(observed)
  const all = sum(probabilities)
  if (!(n > 0)) throw new RangeError('no draws')
  if (!(Math.abs(all - 1) < 1e-9)) throw new RangeError(`probabilities add up to ${all}, not to 1`)
  const cells: { observed: number; expected: number }[] = []
  let open = { observed: 0, expected: 0 }
  for (let i = 0; i < observed.length; i++) {
    const [count, probability] = [observed[i] as number, probabilities[i] as number]
    // what cannot be, is not hidden in a neighbour's cell
    if (probability === 0 && count > 0) return { statistic: Number.POSITIVE_INFINITY, p: 0, degrees: 0 }
    open.observed += count
    open.expected += n * probability
    if (open.expected < LEAST_EXPECTED) continue
    cells.push(open)
    open = { observed: 0, expected: 0 }
  }
  const last = cells.at(-1)
  if (last !== undefined) {
    last.observed += open.observed
    last.expected += open.expected
  }
  const degrees = cells.length - 1 - fitted
  if (degrees < 1)
    throw new RangeError(`${cells.length} cells with ${LEAST_EXPECTED} draws to expect: too few`)
  const statistic = cells.reduce((s, c) => s + (c.observed - c.expected) ** 2 / c.expected, 0)
  return { statistic, p: chiSquareTail(statistic, degrees), degrees }
}

/**
 * The test of Kolmogorov and Smirnov. Sorts a copy of the draws.
 * @param cdf P(X ≤ x)
 * @param step 0 for a continuous distribution; 1 for one of whole numbers, and so on: then p is an upper bound
 */
export function kolmogorovSmirnov(draws: ArrayLike<number>, cdf: (x: number) => number, step = 0): Fit {
  const sorted = Float64Array.from(draws).sort()
  const n = sorted.length
  if (n === 0) throw new RangeError('no draws')
  let statistic = 0
  for (let i = 0, next = 0; i < n; i = next) {
    const x = sorted[i] as number
    if (Number.isNaN(x)) throw new RangeError('a draw is NaN')
    next = i + 1
    while (next < n && sorted[next] === x) next++
    statistic = Math.max(statistic, Math.abs(next / n - cdf(x)), Math.abs(i / n - cdf(x - step)))
  }
  return { statistic, p: kolmogorovTail(statistic, n) }
}

/** The same for two sets of draws from one continuous distribution: whether they can be. */
export function kolmogorovSmirnovOfTwo(a: ArrayLike<number>, b: ArrayLike<number>): Fit {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()]
  let statistic = 0
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    const at = Math.min(x[i] as number, y[j] as number)
    while (i < x.length && (x[i] as number) <= at) i++
    while (j < y.length && (y[j] as number) <= at) j++
    statistic = Math.max(statistic, Math.abs(i / x.length - j / y.length))
  }
  return { statistic, p: kolmogorovTail(statistic, (x.length * y.length) / (x.length + y.length)) }
}

/** P(X ≥ x) of the chi-square distribution. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2)
}

/** P(D ≥ d) for n draws: Kolmogorov's limit with the correction of Stephens (1970), good from n = 5 on. */
export function kolmogorovTail(d: number, n: number): number {
  const root = Math.sqrt(n)
  const t = d * (root + 0.12 + 0.11 / root)
  if (t <= 0) return 1
  let series = 0
  // two forms of one function: each converges in a few terms on its side
  if (t < 1.18) {
    for (let k = 1; k < 20; k += 2) series += Math.exp(-((k * Math.PI) ** 2) / (8 * t * t))
    return 1 - (Math.sqrt(2 * Math.PI) / t) * series
  }
  for (let k = 1; k < 20; k++) series += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t)
  return Math.min(1, Math.max(0, series))
}

/** Distribution function of the standard normal distribution, by way of the same incomplete gamma function. */
export function normalCdf(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2
  return z > 0 ? 1 - tail : tail
}

/** Regularized upper incomplete gamma function Q(a, x): Numerical Recipes 6.2, a series or a continued fraction. */
export function upperGamma(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) throw new RangeError(`Q(${a}, ${x})`)
  if (x === 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let series = term
    for (let n = 1; term > series * 1e-16; n++) {
      term *= x / (a + n)
      series += term
    }
    return Math.max(0, 1 - scale * series)
  }
  // Lentz's method
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let i = 1; ; i++) {
    const factor = -i * (i - a)
    b += 2
    d = 1 / nonZero(factor * d + b, tiny)
    c = nonZero(b + factor / c, tiny)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15 || i > 1e6) return scale * fraction
  }
}

/** ln Γ(x) for x > 0, by Lanczos' approximation (g = 7, 9 terms), to 1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  const series = LANCZOS.reduce((s, c, i) => (i === 0 ? c : s + c / (z + i)), 0)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series)
}
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}
function sum(values: ArrayLike<number>): number {
  let all = 0
  for (let i = 0; i < values.length; i++) all += values[i] as number
  return all
}
