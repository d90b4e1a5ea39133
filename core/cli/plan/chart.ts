/** Pictures of figures in lines of text: filled curves, bars, one line over time. */

const UPWARDS = ' ▁▂▃▄▅▆▇█'
const ACROSS = ' ▏▎▍▌▋▊▉█'
const EIGHTHS = 8
const SHADE = '░'

/** A filled curve of so many rows, the highest first. `peaks` are shaded above it. */
export function curve(
  values: readonly number[],
  peaks: readonly number[],
  rows: number,
  top: number,
): string[] {
  const levels = (all: readonly number[]) =>
    all.map(value => {
      const level = Math.round((Math.min(value, top) / top) * rows * EIGHTHS)
      // little is not nothing
      return value > top / 1000 ? Math.max(1, level) : 0
    })
  const [full, shaded] = [levels(values), levels(peaks)]
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * EIGHTHS
    const cell = (level: number, i: number) => {
      if (level > below) return UPWARDS[Math.min(EIGHTHS, level - below)]
      return (shaded[i] ?? 0) - below >= EIGHTHS / 2 ? SHADE : ' '
    }
    return full.map(cell).join('')
  })
}

/** A row of the same: 0 is blank, `top` is full. */
export function line(values: readonly number[], top = Math.max(...values)): string {
  const level = (value: number) => {
    if (!(value > top / 1000)) return 0
    return Math.max(1, Math.round((Math.min(value, top) / top) * EIGHTHS))
  }
  return values.map(value => UPWARDS[level(value)]).join('')
}

/** `share` (0 to 1) of a width. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * EIGHTHS)
  if (eighths === 0) return share > 0 ? '▏' : ''
  const rest = eighths % EIGHTHS
  return '█'.repeat(Math.floor(eighths / EIGHTHS)) + (rest > 0 ? ACROSS[rest] : '')
}

export interface Tick {
  /** Place on the axis, 0 to 1. */
  readonly at: number
  readonly label: string
}

/** The line below a curve, and the labels below that. `dashed`: how much of it, from the left, is drawn otherwise. */
export function axis(ticks: readonly Tick[], width: number, dashed = 0): [line: string, labels: string] {
  const cells: string[] = Array.from({ length: width }, (_, i) =>
    i < Math.round(dashed * width) ? '╌' : '─',
  )
  let labels = ''
  for (const { at, label } of ticks) {
    const column = Math.min(width - 1, Math.round(at * width))
    // the last label ends where the axis does
    const start = Math.min(column, width - label.length)
    if (start < 0 || (labels !== '' && start <= labels.length)) continue
    cells[column] = '┬'
    labels = labels.padEnd(start) + label
  }
  return [cells.join(''), labels]
}

/** The next number above that people like to read on an axis. */
export function roundUp(n: number): number {
  if (!(n > 0)) return 1
  const unit = 10 ** Math.floor(Math.log10(n))
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(s => s * unit >= n * (1 - 1e-9)) ?? 10
  return Number((step * unit).toPrecision(3))
}

const SECONDS = [1, 2, 5, 10, 15, 30]
const STEPS_US = [
  ...[1e3, 1e4, 1e5].flatMap(us => [us, 2 * us, 5 * us]),
  ...SECONDS.map(n => n * 1e6),
  ...SECONDS.map(n => n * 60e6),
  ...[1, 2, 3, 6, 12, 24, 48].map(n => n * 3600e6),
]

/** Times of so many ticks at most, the first one at 0. */
export function timeTicks(endUs: number, most: number, label: (us: number) => string): Tick[] {
  const step = STEPS_US.find(us => endUs / us <= most) ?? endUs
  const n = Math.floor(endUs / step + 1e-9)
  return Array.from({ length: n + 1 }, (_, i) => ({
    at: (i * step) / endUs,
    label: i === 0 ? '0' : label(i * step),
  }))
}

/** Whole numbers from `low` to below `high`, at steps that are a power of `base`, or half of one, or a fifth. */
export function evenTicks(
  low: number,
  high: number,
  width: number,
  base: 2 | 10,
  label: (n: number) => string,
): Tick[] {
  const least = Math.max(1, (high - low) / (width / 12))
  const power = base ** Math.ceil(Math.log(least) / Math.log(base) - 1e-9)
  const step = base === 2 ? power : ([power / 5, power / 2].find(n => n >= least && n >= 1) ?? power)
  const first = Math.ceil(low / step)
  const n = Math.floor((high - 1) / step) - first + 1
  return Array.from({ length: Math.max(0, n) }, (_, i) => {
    const at = (first + i) * step
    return { at: (at - low) / (high - low), label: label(at) }
  })
}
