/** Segments → intended send times: t_sched(k) = F⁻¹(k), F being the integral of the rate. Nothing here waits. */
import type { Arrivals, Segment } from './api.ts'
import type { RateSpec } from './config/types.ts'

/** Ends before `endUs`: no record is later. All numbers that a record takes are made once. */
interface Piece extends Omit<Segment, 'end'> {
  /** F at `from`: records scheduled before this piece. */
  readonly before: number
  /** Change of the rate, records/s². */
  readonly slope: number
  /** Its own are the places from `low` up to the next piece's. */
  readonly low: number
  high: number
}

export interface Schedule {
  /** Records in all. */
  readonly total: number
  /** End of the last segment, µs since t0. */
  readonly endUs: number
  /** t_sched of record k, integer µs since t0. */
  at(index: number): number
  /** Records with t_sched ≤ now. */
  due(now: number): number
  /** Records with t_sched < time. */
  before(time: number): number
}

/** Stages as written, as contiguous segments from 0; rates in records/s by the mean size of a record. */
export function segmentsOf(rate: RateSpec, endUs: number, meanBytes: () => number): Segment[] {
  if (rate.kind === 'max' || rate.kind === 'fed') return []
  const stages = rate.kind === 'stages' ? rate.stages : [{ ...rate, us: endUs, ramp: false }]
  let at = 0
  let last = 0
  return stages.map(stage => {
    const target = stage.unit === 'bytes' ? stage.rate / meanBytes() : stage.rate
    const segment = { from: at, to: at + stage.us, start: stage.ramp ? last : target, end: target }
    at = segment.to
    last = target
    return segment
  })
}

/** Answers for records and times that come in order cost the same for any number of segments; jumps cost its logarithm. */
export function createSchedule(segments: readonly Segment[], arrivals?: Arrivals): Schedule {
  const pieces: Piece[] = []
  const endUs = segments.at(-1)?.to ?? 0
  let end = 0
  let records = 0
  let lost = 0 // by rounding, which adds up over 100,000 pieces: Kahan's summation
  for (const s of segments) {
    check(s, end)
    end = s.to
    const seconds = (s.to - s.from) / 1e6
    // no record is in a piece of rate 0: one at its place is the next one's
    if (s.start + s.end > 0) {
      const [to, slope, low] = [Math.min(s.to, endUs - 1), (s.end - s.start) / seconds, reach(records)]
      // a literal: copies of segments would take three times as long, which counts with a million of them
      pieces.push({ from: s.from, to, start: s.start, slope, before: records, low, high: Number.NaN })
    }
    const area = ((s.start + s.end) / 2) * seconds + lost
    lost = area - (records + area - records)
    records += area
  }
  for (const [i, p] of pieces.entries()) p.high = pieces[i + 1]?.low ?? Number.NaN // no place is beyond the last

  let last = 0 // records come in order: the piece of the last answer is nearly always the piece of the next
  let piece = pieces[0]
  const find = (x: number): Piece => {
    last = Math.max(0, countWhere(i => (pieces[i]?.low ?? Number.NaN) <= x, last) - 1)
    return pieces[last] as Piece
  }
  const place = arrivals ? (k: number) => arrivals.at(k) : (k: number) => k
  const at = (k: number) => {
    if (piece === undefined) return endUs - 1
    const x = place(k)
    if (x < piece.low || x >= piece.high) piece = find(x)
    const { from, to, start, slope, before } = piece
    const rest = x - before
    if (rest <= 0) return Math.round(from)
    // t of a·t + slope·t²/2 = rest, in the form that does not cancel
    const root = slope === 0 ? start : Math.sqrt(Math.max(0, start ** 2 + 2 * slope * rest))
    return Math.round(Math.min(to, from + (2e6 * rest) / (start + root)))
  }
  const reached = reach(records)
  const total = countWhere(k => place(k) < reached, Math.max(0, Math.ceil(reached)))
  let counted = 0 // times come in order too
  const before = (time: number) => (counted = countWhere(k => k < total && at(k) < time, counted))
  return { total, endUs, at, before, due: now => before(now + 1) }
}

/** 1.1/s for 10 s is 11.000000000000002 records: a rounding error makes no record, and moves none into the next piece. */
function reach(records: number): number {
  return records - Math.max(1e-6, records * 1e-12)
}

function check(s: Segment, from: number): void {
  const rates = [s.start, s.end].every(rate => rate >= 0 && Number.isFinite(rate))
  const fine = s.from === from && s.to > s.from && rates
  if (!fine) {
    const got = JSON.stringify({ from: s.from, to: s.to, start: s.start, end: s.end })
    throw new RangeError(
      `schedule: segment ${got}: segments are contiguous from 0, longer than 0 µs, with finite rates ≥ 0`,
    )
  }
}

/** How many k from 0 satisfy a condition that holds up to some k and never again: doubling steps from a guess, then halving. */
function countWhere(holds: (k: number) => boolean, guess: number): number {
  let low = guess
  for (let step = 1; low > 0 && !holds(low - 1); step *= 2) low = Math.max(0, low - step)
  let high = low
  for (let step = 1; holds(high); step *= 2) {
    low = high + 1
    high += step
    if (high > Number.MAX_SAFE_INTEGER)
      throw new RangeError('arrivals: the places do not grow, so the schedule never ends')
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}
