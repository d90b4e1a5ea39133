/** A value over time, linear between points. */

export interface Point {
  /** µs. */
  readonly at: number
  readonly value: number
}

/**
 * The value at a time in µs: before the first point the first one's, after the last the last one's.
 * @param points at least one, in the order of their times. Of two at one time the later one holds from then on
 * @param every µs after which it begins again
 */
export function createCurve(points: readonly Point[], every = 0): (time: number) => number {
  const times = Float64Array.from(points, p => p.at)
  const values = Float64Array.from(points, p => p.value)
  const last = points.length - 1
  /** Piece i is between points i − 1 and i. Records come in order: the piece of the last answer is nearly always that of the next. */
  let i = 0
  return time => {
    const t = every > 0 ? time % every : time
    while (i > 0 && t < (times[i - 1] as number)) i--
    while (i <= last && t >= (times[i] as number)) i++
    if (i === 0) return values[0] as number
    const before = values[i - 1] as number
    if (i > last) return before
    const from = times[i - 1] as number
    return before + (((values[i] as number) - before) * (t - from)) / ((times[i] as number) - from)
  }
}
