/**
 * A choice by weights in one draw and one look-up, however many there are to choose from: the alias method of Walker (1977),
 * its table as Vose (1991) makes it.
 */
import type { Random } from '../../core/plugin.ts'

/** Cell i is taken for itself with probability `keep[i]`, otherwise for `other[i]`. */
export interface AliasTable {
  readonly keep: Float64Array
  readonly other: Uint32Array
}

/** @param weights 1 to 2^30, ≥ 0, with a sum above 0: only their proportions count */
export function aliasTable(weights: ArrayLike<number>): AliasTable {
  const n = weights.length
  const keep = new Float64Array(n)
  const other = new Uint32Array(n)
  // a sum may be infinite where the weights are not
  let most = 0
  for (let i = 0; i < n; i++) most = Math.max(most, weights[i] as number)
  let sum = 0
  for (let i = 0; i < n; i++) sum += (weights[i] as number) / most
  for (let i = 0; i < n; i++) keep[i] = ((weights[i] as number) / most / sum) * n
  // cells below 1 from the left, cells above from the right; each of the small is filled up by a large one
  const cells = new Uint32Array(n)
  let small = 0
  let large = n
  for (let i = 0; i < n; i++) {
    if ((keep[i] as number) < 1) cells[small++] = i
    else cells[--large] = i
  }
  while (small > 0 && large < n) {
    const low = cells[--small] as number
    const high = cells[large] as number
    other[low] = high
    keep[high] = (keep[high] as number) - (1 - (keep[low] as number))
    if ((keep[high] as number) < 1) {
      large++
      cells[small++] = high
    }
  }
  // what is left is off from 1 by rounding alone
  while (small > 0) keep[cells[--small] as number] = 1
  while (large < n) keep[cells[large++] as number] = 1
  return { keep, other }
}

/** A place in the weights, with their probabilities. One draw. */
export function pick(table: AliasTable, random: Random): number {
  return aliasDraw(table, random.float())
}
/** The same for a draw from [0, 1) that is there already. */
export function aliasDraw({ keep, other }: AliasTable, draw: number): number {
  const place = draw * keep.length
  // a whole number to the machine too, or the look-ups would take twice as long
  const cell = place | 0
  return place - cell < (keep[cell] as number) ? cell : (other[cell] as number)
}
