/** A record's key as it stands within the quotes of a JSON text. */
import type { Key } from '../../../core/plugin.ts'

const [QUOTE, BACKSLASH, MINUS, ZERO] = [34, 92, 45, 48]
const ESCAPE = Buffer.from('\\u00')
const HEX = Buffer.from('0123456789abcdef')

/** How many bytes it takes; a keyless record's takes none. */
export function keyLength(key: Key | null): number {
  if (key === null) return 0
  let length = 0
  if (typeof key === 'number') {
    if (key < 0) length++
    for (let n = Math.abs(key); n >= 10; n = Math.floor(n / 10)) length++
    return length + 1
  }
  if (typeof key === 'string') {
    for (let i = 0; i < key.length; i++) {
      const c = key.codePointAt(i) as number
      length += c < 0x80 ? escapedLength(c) : c < 0x800 ? 2 : c > 0xffff ? 4 : 3
      if (c > 0xffff) i++
    }
    return length
  }
  for (let i = 0; i < key.length; i++) length += escapedLength(key[i] as number)
  return length
}

/** Writes it, and answers where it ends. */
export function writeKey(key: Key | null, bytes: Buffer, at: number): number {
  if (key === null) return at
  if (typeof key === 'number') return writeNumber(key, bytes, at)
  if (typeof key !== 'string') {
    for (let i = 0; i < key.length; i++) at = writeEscaped(key[i] as number, bytes, at)
    return at
  }
  for (let i = 0; i < key.length; i++) {
    const point = key.codePointAt(i) as number
    // half of a pair without the other half is no character
    const c = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
    if (c < 0x80) at = writeEscaped(c, bytes, at)
    else if (c < 0x800) {
      bytes[at++] = 0xc0 | (c >> 6)
      bytes[at++] = 0x80 | (c & 63)
    } else {
      if (c > 0xffff) {
        i++
        bytes[at++] = 0xf0 | (c >> 18)
        bytes[at++] = 0x80 | ((c >> 12) & 63)
      } else bytes[at++] = 0xe0 | (c >> 12)
      bytes[at++] = 0x80 | ((c >> 6) & 63)
      bytes[at++] = 0x80 | (c & 63)
    }
  }
  return at
}

function writeNumber(key: number, bytes: Buffer, at: number): number {
  const end = at + keyLength(key)
  if (key < 0) bytes[at] = MINUS
  let n = Math.abs(key)
  let to = end
  do {
    const rest = Math.floor(n / 10)
    bytes[--to] = ZERO + (n - rest * 10)
    n = rest
  } while (n > 0)
  return end
}

function escapedLength(c: number): number {
  return c === QUOTE || c === BACKSLASH ? 2 : c < 0x20 ? 6 : 1
}
function writeEscaped(c: number, bytes: Buffer, at: number): number {
  if (c === QUOTE || c === BACKSLASH) bytes[at++] = BACKSLASH
  else if (c < 0x20) {
    for (let i = 0; i < ESCAPE.length; i++) bytes[at++] = ESCAPE[i] as number
    bytes[at++] = HEX[c >> 4] as number
    bytes[at++] = HEX[c & 15] as number
    return at
  }
  bytes[at++] = c
  return at
}
