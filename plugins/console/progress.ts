/** The one line that changes once a second: how far, how fast, how slow, what went wrong. */
import type { createColors } from 'picocolors'
import type { ResolvedConfig, SeriesRow, Snapshot } from '../../core/plugin.ts'
import { compact, count, span, time } from './format.ts'

type Colors = ReturnType<typeof createColors>
type Paint = (text: string) => string

/** A part of the line; where room is short those of the highest rank go first, rank 0 stays. */
interface Part {
  readonly text: string
  readonly paint?: Paint
  readonly rank: number
}
export interface ProgressOptions {
  readonly config: ResolvedConfig
  readonly colors: Colors
  /** Of the terminal, which may change; the line stays three characters shorter, so that it never wraps. */
  readonly columns: () => number
  /** Without one the line is printed now and then: a bar says nothing there. */
  readonly tty: boolean
}

const BAR = 24
/** What a calm line takes without the bar. */
const TEXT = 74

/** Draws the rows it is given in their order: what went wrong is added up from them. */
export function createProgress({ config, colors, columns, tty }: ProgressOptions): (s: Snapshot) => string {
  // what only some streams have cannot stand for all of them
  const sending = config.streams.filter(s => s.producers !== 0)
  const open = sending.every(s => s.rate.kind !== 'max')
  const answering = sending.some(s => s.producer.acks !== 0)
  const reading = config.streams.some(s => s.consumers.count > 0)
  const lost = { failed: 0, unknown: 0, dropped: 0 }
  return snapshot => {
    const { row, phase } = snapshot
    const now = totals(config, row)
    lost.failed += now.failed
    lost.unknown += now.unknown
    lost.dropped += now.dropped
    const parts: Part[] = []
    if (phase !== 'drain' && sending.length > 0) parts.push(speed(now, { open, answering }, colors))
    if (phase !== 'drain' && answering) parts.push(slowest(config, row, open))
    for (const [name, n] of Object.entries(lost))
      if (n > 0) parts.push({ text: `${count(n)} ${name}`, paint: colors.red, rank: 0 })
    if (reading)
      parts.push({ text: `read ${compact(now.consumed).padStart(5)}/s`, rank: sending.length > 0 ? 2 : 0 })
    if (now.inFlight > 0) parts.push({ text: `${compact(now.inFlight)} in flight`, rank: 3 })
    return line(snapshot, elapsed(snapshot, now.inFlight), parts, { colors, columns, tty })
  }
}

function line(
  s: Snapshot,
  time: string,
  parts: readonly Part[],
  { colors, columns, tty }: Omit<ProgressOptions, 'config'>,
): string {
  // what Ctrl-C leaves beside it wraps nothing
  const width = columns() - 3
  const phase = s.phase === 'warmup' ? 'warm-up' : s.phase
  const fits = [...parts]
  const length = () => fits.reduce((n, part) => n + 2 + part.text.length, phase.length + 1 + time.length)
  while (length() > width) {
    const rank = Math.max(0, ...fits.map(part => part.rank))
    if (rank === 0) break
    fits.splice(
      fits.findIndex(part => part.rank === rank),
      1,
    )
  }
  // what is too long even so is cut, without the colours that a cut would break
  if (length() > width) return [`${phase} ${time}`, ...fits.map(p => p.text)].join('  ').slice(0, width)
  const bar = Math.min(BAR, width - TEXT - 1)
  const drawn = tty && bar > 0 && length() + 1 + bar <= width ? [drawBar(s, bar, colors)] : []
  const head = [colors.bold(phase), ...drawn, time].join(' ')
  return [head, ...fits.map(({ text, paint }) => (paint ? paint(text) : text))].join('  ')
}

function drawBar(s: Snapshot, width: number, colors: Colors): string {
  const done = s.phase === 'drain' ? width : Math.min(width, Math.floor((s.second * 1e6 * width) / s.totalUs))
  return colors.cyan('━'.repeat(done)) + colors.dim('─'.repeat(width - done))
}

function elapsed({ second, totalUs, phase }: Snapshot, inFlight: number): string {
  const total = Math.ceil(totalUs / 1e6)
  if (phase === 'drain')
    return `${inFlight > 0 ? 'waiting for answers' : 'reading to the end'}, ${span(Math.max(1, second - total) * 1e6)}`
  if (total < 120) return `${String(second).padStart(String(total).length)}/${total} s`
  const clock = (s: number) =>
    [...(total >= 3600 ? [Math.floor(s / 3600)] : []), Math.floor(s / 60) % 60, s % 60]
      .map((n, i) => (i === 0 ? String(n) : String(n).padStart(2, '0')))
      .join(':')
  return `${clock(second).padStart(clock(total).length)}/${clock(total)}`
}

/** achieved of offered, in records/s; without answers what was offered, without a schedule what was achieved. */
function speed(
  now: Totals,
  { open, answering }: { open: boolean; answering: boolean },
  colors: Colors,
): Part {
  const offered = compact(now.offered)
  const achieved = compact(now.acked).padStart(5)
  if (!answering) return { text: `${offered.padStart(5)}/s offered`, rank: 0 }
  if (!open) return { text: `${achieved}/s`, rank: 0 }
  const behind = now.acked < 0.9 * now.offered
  return { text: `${achieved} of ${offered}/s`, rank: 0, ...(behind ? { paint: colors.yellow } : {}) }
}

/** Percentiles do not add up: of several streams it is the worst one's. */
function slowest(config: ResolvedConfig, row: SeriesRow, open: boolean): Part {
  const p99 = config.streams
    .map(s => (open ? row.streams[s.name]?.response : row.streams[s.name]?.service)?.p99)
    .filter(us => us !== undefined)
  const label = `${config.streams.length > 1 ? 'worst ' : ''}${open ? '' : 'service '}p99`
  return { text: `${label} ${(p99.length > 0 ? time(Math.max(...p99)) : '–').padStart(7)}`, rank: 1 }
}

interface Totals {
  offered: number
  acked: number
  failed: number
  unknown: number
  dropped: number
  consumed: number
  inFlight: number
}
function totals(config: ResolvedConfig, row: SeriesRow): Totals {
  const sum = { offered: 0, acked: 0, failed: 0, unknown: 0, dropped: 0, consumed: 0, inFlight: 0 }
  const answering = config.streams.some(s => s.producers !== 0 && s.producer.acks !== 0)
  for (const { name, producer } of config.streams) {
    const s = row.streams[name]
    if (s === undefined) continue
    if (producer.acks !== 0 || !answering) sum.offered += s.scheduled
    sum.acked += s.acked
    sum.failed += s.failed
    // with acks=0 nothing is ever confirmed: that is no news
    if (producer.acks !== 0) sum.unknown += s.unknown
    sum.dropped += s.dropped
    sum.consumed += s.consumed
    sum.inFlight += s.inFlight
  }
  return sum
}
