/** Figures and foreign text as a plan shows them: three significant digits, nothing that steers a terminal. */
import { isUtf8 } from 'node:buffer'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 50,000: exact, for what is counted. */
export function count(n: number): string {
  return whole.format(n)
}

/** 0.25 · 12.3 · 950 · 12.3k · 4.56M: for axes and rates. */
export function compact(n: number): string {
  const v = Number(n.toPrecision(3))
  // up to 10,000 all digits are read at a glance
  const [unit, size] = COMPACT.find(([, size]) => v >= Math.max(1e4, size)) ?? ['', 1]
  return digits(v / size) + unit
}
const COMPACT = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const

/** 12.3k/s · 950/s */
export function rate(n: number): string {
  return `${compact(n)}/s`
}

/** Of a value: 100 B · 1.5 KiB · 2 MiB. */
export function size(bytes: number): string {
  const [unit, size] = BINARY.find(([, size]) => bytes >= size) ?? ['B', 1]
  return `${digits(bytes / size)} ${unit}`
}
const BINARY = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const

/** Of many values: 12.3 kB · 4.56 MB; with the same units as in the report. */
export function volume(bytes: number): string {
  const v = Number(bytes.toPrecision(3))
  const [unit, size] = DECIMAL.find(([, size]) => v >= size) ?? ['B', 1]
  return `${digits(v / size)} ${unit}`
}
const DECIMAL = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const

/** 12.3 % · 0.004 % */
export function percent(share: number): string {
  return `${digits(share * 100)} %`
}

/** 500 µs · 94 ms · 10 s · 1 min 30 s · 2 h */
export function span(us: number): string {
  if (us < 1e3) return `${digits(us)} µs`
  if (us < 1e6) return `${digits(us / 1e3)} ms`
  if (us < 60e6) return `${digits(us / 1e6)} s`
  const seconds = Math.round(us / 1e6)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  return parts
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ')
}

/** In a column of them: 12.30 % */
export function share(n: number): string {
  return `${(n * 100).toFixed(2)} %`
}

export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** Three significant digits, without zeros that say nothing. */
function digits(n: number): string {
  const v = Number(n.toPrecision(3))
  if (Math.abs(v) >= 1000) return whole.format(v)
  const text = String(v)
  return text.includes('e') ? v.toFixed(9).replace(/0+$/, '') : text
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text from elsewhere cannot move the cursor, change colours or reverse the line; cut to a width. */
export function shown(text: string, width: number): string {
  const escaped = (c: string) => (c === '\n' ? '\\n' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const plain = text.slice(0, width + 1).replace(STEERING, escaped)
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain
}

/** Bytes as the text that they are, or in hexadecimal digits. */
export function shownBytes(bytes: Uint8Array, width: number): string {
  if (bytes.length === 0) return "''"
  // the end of what was cut may be half a character
  const start = bytes.subarray(0, 4 * width)
  const cuts = start.length < bytes.length ? [0, 1, 2, 3] : [0]
  const text = cuts.map(cut => start.subarray(0, start.length - cut)).find(isUtf8)
  const readable = text && printableShare(text) > 0.9
  return readable
    ? shown(Buffer.from(text).toString(), width)
    : shown(`0x${Buffer.from(start).toString('hex')}`, width)
}
function printableShare(bytes: Uint8Array): number {
  return bytes.reduce((n, byte) => n + (byte >= 32 && byte !== 127 ? 1 : 0), 0) / bytes.length
}

/** Breaks between facts, and within one that is too long at its spaces. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const add = (piece: string) => {
    if (line !== '' && line.length + 1 + piece.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? piece : ` ${piece}`
  }
  for (const fact of text.replaceAll(' · ', ' ·\n').split('\n')) {
    if (fact.length <= width) add(fact)
    else for (const word of fact.split(' ')) add(word)
  }
  return [...lines, line]
}
