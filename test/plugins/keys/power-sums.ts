/** Exact probabilities of Zipf's law, any cardinality: sums of powers, term by term or by their integral. */

/** Below it terms are added up one by one; above, what is left out of the formula is less than a double holds. */
const BY_TERM = 10_000

/** Σ k^−s for k = a … b. Above 10,000 by the formula of Euler and Maclaurin. */
export function powerSum(a: number, b: number, s: number): number {
  let sum = 0
  // small ones first
  for (let k = Math.min(b, BY_TERM - 1); k >= a; k--) sum += k ** -s
  const low = Math.max(a, BY_TERM)
  if (b < low) return sum
  const ratio = Math.log1p((b - low) / low)
  const integral = low ** (1 - s) * (s === 1 ? ratio : Math.expm1((1 - s) * ratio) / (1 - s))
  const ends = (low ** -s + b ** -s) / 2
  const slopes = (s * (low ** (-s - 1) - b ** (-s - 1))) / 12
  return sum + (integral + ends + slopes)
}

/** Cells of ranks 1 … n: the first ones alone, then each as long as all before it. Last ranks of each. */
export function cellsOf(n: number, alone = 50): number[] {
  const ends: number[] = []
  for (let k = 1; k < Math.min(n, alone); k++) ends.push(k)
  for (let end = alone; end < n; end *= 2) ends.push(end)
  ends.push(n)
  return ends
}
/** The cell of a rank, by halving. */
export function cellOf(rank: number, ends: readonly number[]): number {
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rank <= (ends[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}
