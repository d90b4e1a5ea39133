/** The rate that a schedule offers, arrivals included: counted in windows of time. */
import type { Schedule } from '../../schedule.ts'
import { stopwatch } from './patience.ts'

/** Fewer records in a window would show chance, not load. */
const LEAST_IN_WINDOW = 200
const WINDOWS = 16_384
const SHORTEST_US = 1000
/** ms of CPU that counting may take. */
const PATIENCE = 5000

export interface Offered {
  readonly records: number
  readonly endUs: number
  /** Records/s over all. */
  readonly mean: number
  /** Records/s in the busiest window of `windowUs`. */
  readonly peak: number
  readonly windowUs: number
  /** Records/s of each column, and of the busiest window in it. */
  readonly columns: readonly number[]
  readonly peaks: readonly number[]
}

export function offered(schedule: Schedule, width: number): Offered {
  const { total, endUs } = schedule
  const most = Math.min(WINDOWS / width, total / width / LEAST_IN_WINDOW, endUs / width / SHORTEST_US)
  let each = 2 ** Math.max(0, Math.floor(Math.log2(most)))
  let counted = countedIn(schedule, width, each)
  // arrivals may take their time to find a record far away
  for (; counted === undefined; counted = countedIn(schedule, width, each)) each = Math.max(1, each >> 3)
  const mean = total / (endUs / 1e6)
  const peak = Math.max(0, ...counted.peaks)
  return { records: total, endUs, mean, peak, windowUs: endUs / (width * each), ...counted }
}

/** undefined: it takes too long for so many windows. */
function countedIn(
  schedule: Schedule,
  width: number,
  each: number,
): Pick<Offered, 'columns' | 'peaks'> | undefined {
  const windowUs = schedule.endUs / (width * each)
  const reached = follow(schedule)
  const columns: number[] = []
  const peaks: number[] = []
  const took = stopwatch()
  let before = 0
  for (let column = 0; column < width; column++) {
    const start = before
    let busiest = 0
    for (let i = 1; i <= each; i++) {
      const after = reached((column * each + i) * windowUs)
      busiest = Math.max(busiest, after - before)
      before = after
    }
    columns.push((before - start) / ((windowUs * each) / 1e6))
    peaks.push(busiest / (windowUs / 1e6))
    if (each > 1 && took() > PATIENCE) return undefined
  }
  return { columns, peaks }
}

/** A share of a window's records that nobody sees. */
const UNSEEN = 1e-4

/**
 * Records before a time, for times that rise: each is looked for from the last one on, where the last window lets it expect it.
 * A search over the whole schedule would walk its pieces, and draw blocks of arrivals, for each window. Between two records
 * it is a fraction, or an even rate would look uneven.
 */
export function follow({ at, total }: Schedule): (time: number) => number {
  let last = 0
  let step = 1
  return time => {
    // records below `low` are before the time, `high` is not, or is the end
    let [low, high] = [last, total]
    let [from, to] = [low === 0 ? 0 : at(low - 1), Number.NaN]
    for (let jump = step; low + jump < total; jump *= 2) {
      const found = at(low + jump)
      if (found >= time) {
        high = low + jump
        to = found
        break
      }
      low += jump + 1
      from = found
    }
    const exact = Math.floor(step * UNSEEN)
    for (let even = false; high - low > exact; even = !even) {
      // by the straight line between both, and by halves where that leads nowhere
      const share = even || Number.isNaN(to) || to <= from ? 0.5 : (time - from) / (to - from)
      const middle = Math.min(high - 1, Math.max(low, Math.floor(low + share * (high - low))))
      const found = at(middle)
      if (found < time) {
        low = middle + 1
        from = found
      } else {
        high = middle
        to = found
      }
    }
    step = Math.max(1, low - last)
    last = low
    return low + fraction(low, time)
  }

  /** How far it is from the record before the time to the next one, less one; after the last as far as to the last. */
  function fraction(n: number, time: number): number {
    if (n === 0) return 0
    const before = at(n - 1)
    const gap = n < total ? at(n) - before : n > 1 ? before - at(n - 2) : 0
    return gap > 0 ? Math.min(0, (time - before) / gap - 1) : 0
  }
}
