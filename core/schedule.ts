/** Segments → intended send times: t_sched(k) = F⁻¹(k), F being the integral of the rate. Nothing here waits. */
import type { Arrivals, Segment } from './api.ts'
import type { RateSpec } from './config/types.ts'

interface Piece extends Segment {
  /** F at `from`: records scheduled before this piece. */
  readonly before: number
  /** Change of the rate, records/s². */
  readonly slope: number
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
  if (rate.kind === 'max') return []
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

export function createSchedule(segments: readonly Segment[], arrivals?: Arrivals): Schedule {
  const pieces: Piece[] = []
  let records = 0
  for (const s of segments) {
    check(s, pieces.at(-1)?.to ?? 0)
    const seconds = (s.to - s.from) / 1e6
    pieces.push({ ...s, before: records, slope: (s.end - s.start) / seconds })
    records += ((s.start + s.end) / 2) * seconds
  }
  const endUs = pieces.at(-1)?.to ?? 0

  let last = 0 // records come in order: the piece of the last answer is nearly always the piece of the next
  const inverse = (x: number): number => {
    let i = last
    while (i > 0 && x < (pieces[i] as Piece).before) i--
    while (i + 1 < pieces.length && x >= (pieces[i + 1] as Piece).before) i++
    last = i
    const p = pieces[i] as Piece
    const rest = x - p.before
    // t of a·t + slope·t²/2 = rest, in the form that does not cancel
    const seconds =
      p.slope === 0
        ? rest / p.start
        : (2 * rest) / (p.start + Math.sqrt(Math.max(0, p.start ** 2 + 2 * p.slope * rest)))
    return p.from + (rest === 0 ? 0 : seconds * 1e6)
  }
  const integral = (time: number): number => {
    if (time >= endUs) return records
    const p = pieces.find(piece => time < piece.to)
    if (p === undefined || time < p.from) return 0
    const seconds = (time - p.from) / 1e6
    return p.before + p.start * seconds + (p.slope * seconds * seconds) / 2
  }
  const place = arrivals ? (k: number) => arrivals.at(k) : (k: number) => k
  // 1.1/s for 10 s is 11.000000000000002 records: a rounding error makes no record
  const reach = records - Math.max(1e-6, records * 1e-12)
  const total = arrivals ? countWhere(k => place(k) < reach) : Math.max(0, Math.ceil(reach))
  const at = (k: number) => Math.min(Math.round(inverse(place(k))), endUs - 1)
  const before = (time: number): number => {
    if (time <= 0) return 0
    if (time >= endUs) return total
    if (arrivals)
      return Math.min(
        total,
        countWhere(k => k < total && at(k) < time),
      )
    // the estimate is off by rounding alone; t_sched itself decides
    let n = Math.min(total, Math.max(0, Math.ceil(integral(time))))
    while (n > 0 && at(n - 1) >= time) n--
    while (n < total && at(n) < time) n++
    return n
  }
  return { total, endUs, at, before, due: now => before(now + 1) }
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

/** How many k from 0 satisfy a condition that holds up to some k and never again: doubling, then halving. */
function countWhere(holds: (k: number) => boolean): number {
  let high = 1
  while (holds(high - 1)) {
    high *= 2
    if (high > Number.MAX_SAFE_INTEGER)
      throw new RangeError('arrivals: the places do not grow, so the schedule never ends')
  }
  let low = Math.floor(high / 2)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low
}
