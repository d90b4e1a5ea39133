/** Figures and foreign text as they stand on the screen: a fixed locale, three significant digits, nothing that steers a terminal. */
import type { Percentile } from '../../core/plugin.ts'

const locale = (digits: number) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits })
const [whole, tenths, hundredths] = [locale(0), locale(1), locale(2)]

/** 50,000: exact, for what is counted. */
export function count(n: number): string {
  return whole.format(n)
}

/** 5,000 · 999.5 · 0.25: a figure per second, without its unit. */
export function rate(n: number): string {
  return (n >= 1000 ? whole : n >= 100 ? tenths : hundredths).format(n)
}

/** 5,000 · 20.0k · 1.23M: at most five characters, so that a line which changes does not jump. */
export function compact(n: number): string {
  const v = Number(n.toPrecision(3))
  if (v >= 1e9) return `${(v / 1e9).toPrecision(3)}G`
  if (v >= 1e6) return `${(v / 1e6).toPrecision(3)}M`
  if (v >= 1e4) return `${(v / 1e3).toPrecision(3)}k`
  return rate(v)
}

/** 0.500 · 12.3 · 1,234: three significant digits or more. */
export function significant(n: number): string {
  if (n === 0) return '0'
  return n >= 1000 ? whole.format(n) : digits3(n)
}

/** 950 µs · 1.23 ms · 21.0 s, from µs; ∞ for what has no answer. */
export function time(us: Percentile): string {
  if (us === 'inf') return '∞'
  const v = Number(us.toPrecision(3))
  if (v < 1000) return `${Math.round(v)} µs`
  if (v < 1e6) return `${digits3(v / 1e3)} ms`
  return v < 1e9 ? `${digits3(v / 1e6)} s` : `${whole.format(v / 1e6)} s`
}

/** 800 B · 8.00 KiB · 1.50 MiB */
export function bytes(n: number): string {
  if (n < 1024) return `${Math.round(n)} B`
  return n < 2 ** 20 ? `${digits3(n / 2 ** 10)} KiB` : `${digits3(n / 2 ** 20)} MiB`
}

/** 10 s · 1 min 30 s · 2 h, from µs: a length of time that somebody configured. */
export function span(us: number): string {
  if (us < 60e6) return `${hundredths.format(us / 1e6)} s`
  const seconds = Math.round(us / 1e6)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  return parts
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ')
}

/** 41.2 %, never rounded up to a whole that was not reached. */
export function percent(share: number): string {
  return `${tenths.format(Math.floor(share * 1000) / 10)} %`
}

/** Text from elsewhere – topics, errors, plugins – cannot move the cursor, change colours or reverse the line. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, c => {
    const code = c.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** Printable, and cut to a width. */
export function shortened(text: string, width: number): string {
  const plain = printable(text)
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain
}

/** Fills lines with pieces; one longer than the width keeps its line: a path is there to be copied. */
export function fill(
  pieces: readonly string[],
  width: number,
  paint: (piece: string) => string = piece => piece,
): string[] {
  const lines: string[] = []
  let line = ''
  let length = 0
  for (const piece of pieces) {
    if (length > 0 && length + 1 + piece.length > width) {
      lines.push(line)
      length = 0
    }
    line = length === 0 ? paint(piece) : `${line} ${paint(piece)}`
    length += (length === 0 ? 0 : 1) + piece.length
  }
  return length === 0 ? lines : [...lines, line]
}

/** Breaks at spaces. */
export function wrap(text: string, width: number): string[] {
  return fill(
    text.split(' ').filter(word => word !== ''),
    width,
  )
}

function digits3(n: number): string {
  const text = n.toPrecision(3)
  return text.includes('e') ? String(Number(text)) : text
}
