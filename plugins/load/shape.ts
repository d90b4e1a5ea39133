/** What the shapes of a load have in common: factors over time, by which what `rate` and earlier plugins made is multiplied. */
import { ConfigError, type Segment, type Stream } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'
import { multiply } from './piecewise.ts'

/** Pieces of a schedule: each takes about 400 bytes in each thread while it is built, and 100 from then on. */
const MOST = 1_000_000

/** Factors, or rates, drawn from the beginning of the schedule to its end. */
export class Line {
  readonly pieces: Segment[] = []
  /** End of the schedule, µs since t0. */
  readonly end: number
  readonly #plugin: string
  #at = 0
  #last = 1

  constructor(plugin: string, end: number) {
    this.#plugin = plugin
    this.end = end
  }
  get done(): boolean {
    return this.#at >= this.end
  }

  /** From where the last line ended to a time in µs; what lies beyond the end is cut off there. */
  to(time: number, start: number, end = start): void {
    const from = this.#at
    const to = Math.min(time, this.end)
    if (to <= from) return
    if (this.pieces.length === MOST) throw this.#tooMany()
    this.#last = time > to ? start + (end - start) * ((to - from) / (time - from)) : end
    this.pieces.push({ from, to, start, end: this.#last })
    this.#at = to
  }
  /** Stays where it is until the end. */
  hold(): void {
    this.to(this.end, this.#last)
  }

  #tooMany(): ConfigError {
    const all = Math.ceil((MOST * this.end) / this.#at).toLocaleString('en-US')
    const expected = `at most ${MOST.toLocaleString('en-US')} changes of the rate in a run, not ${all}`
    const hint = 'make them longer, or the run shorter'
    return new ConfigError([{ path: this.#plugin, expected, hint }])
  }
}

/** Multiplies the stream's schedule by what `draw` draws. */
export function shape(stream: Stream, plugin: string, draw: (line: Line) => void): void {
  needsSchedule(stream, plugin)
  stream.hooks.schedule.tap(segments => {
    const line = new Line(plugin, segments.at(-1)?.to ?? 0)
    draw(line)
    line.hold()
    return multiply(segments, line.pieces)
  })
}
