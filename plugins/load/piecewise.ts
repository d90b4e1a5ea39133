/** Rates and factors as functions of time, in straight pieces that join. */
import type { Segment } from '../../core/plugin.ts'

/** What a product may be off by, as a share of the piece's peak: see `product`. */
const ERROR = 1e-3
/** Pieces that takes at most, where one goes from nothing up and the other one down to nothing. */
const MOST = 37

/** Rates times factors. Both begin at 0 and end together; where the pieces of one end, those of the product do. */
export function multiply(rates: readonly Segment[], factors: readonly Segment[]): Segment[] {
  const pieces: Segment[] = []
  let [i, j, from] = [0, 0, 0]
  for (;;) {
    const [rate, factor] = [rates[i], factors[j]]
    if (rate === undefined || factor === undefined) return pieces
    const to = Math.min(rate.to, factor.to)
    product(cut(rate, from, to), cut(factor, from, to), pieces)
    if (rate.to === to) i++
    if (factor.to === to) j++
    from = to
  }
}

/** The part of a piece between two times in it. */
export function cut(piece: Segment, from: number, to: number): Segment {
  const at = (time: number) =>
    // at its ends exactly: what joins goes on joining
    time === piece.to
      ? piece.end
      : piece.start + (piece.end - piece.start) * ((time - piece.from) / (piece.to - piece.from))
  return { from, to, start: at(from), end: at(to) }
}

/** Records of a piece, or of all. */
export function recordsIn(pieces: readonly Segment[]): number {
  return pieces.reduce((sum, { from, to, start, end }) => sum + ((start + end) / 2) * ((to - from) / 1e6), 0)
}

/**
 * A straight piece times another over the same time: straight if one of them is level, and exact then. Otherwise it is a
 * parabola, which is drawn by straight pieces with its area, so that the number of records stays exact. With p pieces, and
 * d and e what the two change by, they are off by at most |d·e|/(3p²): p is as large as keeps that within ERROR of the
 * peak.
 */
function product(rate: Segment, factor: Segment, into: Segment[]): void {
  const { from, to } = rate
  const bend = (rate.end - rate.start) * (factor.end - factor.start)
  const value = (share: number) =>
    (rate.start + (rate.end - rate.start) * share) * (factor.start + (factor.end - factor.start) * share)
  const ends = [rate.start * factor.start, rate.end * factor.end] as const
  if (bend === 0) {
    into.push({ from, to, start: ends[0], end: ends[1] })
    return
  }
  const peak = Math.max(...ends, value(0.5))
  const parts = Math.min(MOST, Math.ceil(Math.sqrt(Math.abs(bend) / (3 * ERROR * peak))))
  let [time, start] = [from, ends[0]]
  for (let n = 1; n <= parts; n++) {
    const next = n === parts ? to : from + (to - from) * (n / parts)
    const end = n === parts ? ends[1] : value(n / parts)
    // the mean of a parabola is bend/6p² away from that of its chord
    const chord = (start + end) / 2
    const scale = chord > 0 ? Math.max(0, 1 - bend / (6 * parts * parts * chord)) : 1
    into.push({ from: time, to: next, start: start * scale, end: end * scale })
    time = next
    start = end
  }
}
