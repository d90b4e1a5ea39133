/** What is of a record's own in a document, written in place over a fixed width. */
import type { Draft, Random, Target } from '../../../core/plugin.ts'
import type { Field } from './placeholders.ts'

const ZERO = 48
const DAY_MS = 86_400_000
/** By byte: its two hexadecimal digits. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16BE(),
)
const [DASH, DOT, COLON, Z] = [45, 46, 58, 90]

/** @param wallAtStart ms since the epoch at t0 */
export function createFields(random: Random, wallAtStart: () => number) {
  const today = Buffer.alloc('2026-01-01T'.length)
  let day = Number.NaN
  const time = (draft: Draft) => {
    // a timestamp that a plugin gave the record is its time
    const ms = Number.isNaN(draft.timestamp) ? wallAtStart() + draft.scheduledAt / 1000 : draft.timestamp
    return Math.floor(ms)
  }
  const writeIso = (bytes: Buffer, at: number, ms: number) => {
    const date = Math.floor(ms / DAY_MS)
    if (date !== day) {
      day = date
      today.write(new Date(date * DAY_MS).toISOString())
    }
    const rest = ms - date * DAY_MS
    for (let i = 0; i < today.length; i++) bytes[at++] = today[i] as number
    digits(bytes, at, 2, Math.floor(rest / 3_600_000), ZERO)
    bytes[at + 2] = COLON
    digits(bytes, at + 3, 2, Math.floor(rest / 60_000) % 60, ZERO)
    bytes[at + 5] = COLON
    digits(bytes, at + 6, 2, Math.floor(rest / 1000) % 60, ZERO)
    bytes[at + 8] = DOT
    digits(bytes, at + 9, 3, rest % 1000, ZERO)
    bytes[at + 12] = Z
  }
  return ({ kind, width, pad }: Field, { bytes, view }: Target, at: number, draft: Draft): void => {
    if (kind === 'index') digits(bytes, at, width, draft.index, pad)
    else if (kind === 'timestamp') digits(bytes, at, width, time(draft), pad)
    else if (kind === 'iso') writeIso(bytes, at, time(draft))
    else if (kind === 'uuid') {
      random.seek(draft.index)
      writeUuid(random, bytes, view, at)
    }
  }
}

/** The last `width` digits of a number. */
function digits(bytes: Buffer, at: number, width: number, n: number, pad: number): void {
  let to = at + width
  do {
    const rest = Math.floor(n / 10)
    bytes[--to] = ZERO + (n - rest * 10)
    n = rest
  } while (n > 0 && to > at)
  while (to > at) bytes[--to] = pad
}

/** Version 4 of RFC 9562. */
function writeUuid(random: Random, bytes: Buffer, view: DataView, at: number): void {
  for (let word = 0; word < 4; word++) {
    let x = random.int(0x100000000) | 0
    if (word === 1) x = (x & 0xffff0fff) | 0x4000
    if (word === 2) x = (x & 0x3fffffff) | 0x80000000
    for (let byte = 0; byte < 4; byte++) {
      if ((word === 1 || word === 2) && (byte & 1) === 0) bytes[at++] = DASH
      view.setUint16(at, HEX[(x >>> (24 - byte * 8)) & 255] as number)
      at += 2
    }
  }
}
