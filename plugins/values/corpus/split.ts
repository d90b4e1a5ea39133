/** Where records begin and end in a piece of a file. The check in main and the workers find the same ones by it. */
import { Expected } from '../expected.ts'

/** Bytes of one record; more in none. */
export const LARGEST = 16 << 20

export type Format = 'lines' | 'ndjson' | 'length-prefixed' | 'files'
export type Prefix = 'int32' | 'int32-le' | 'varint'

/**
 * Calls `found` for each whole record of `bytes`, and answers where the next one begins.
 * @param last nothing comes after these bytes
 */
export type Split = (bytes: Buffer, last: boolean, found: (start: number, end: number) => void) => number

/** A record cannot be read: `at` is where, from the first of the bytes. The message goes on after "expected". */
export class SplitError extends Expected {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

export function splitBy(format: Format, prefix: Prefix): Split {
  if (format === 'files') return whole
  return format === 'length-prefixed' ? prefixed(lengths[prefix]) : lines
}

const [NEWLINE, RETURN] = [10, 13]

/** Empty ones are none; a carriage return before the end is no part of it. */
const lines: Split = (bytes, last, found) => {
  let at = 0
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at)
    if (newline < 0 && !last) return at
    const next = newline < 0 ? bytes.length : newline
    const end = next > at && bytes[next - 1] === RETURN ? next - 1 : next
    if (end > at) found(at, end)
    at = next + 1
  }
  return bytes.length
}

const whole: Split = (bytes, last, found) => {
  if (!last) return 0
  if (bytes.length > 0) found(0, bytes.length)
  return bytes.length
}

/** Reads a length at `at`: the bytes it takes itself, and what it says; undefined: it is not whole. */
type ReadLength = (
  bytes: Buffer,
  at: number,
) => { readonly size: number; readonly length: number } | undefined

const lengths: Readonly<Record<Prefix, ReadLength>> = {
  int32: (bytes, at) => (at + 4 > bytes.length ? undefined : { size: 4, length: bytes.readInt32BE(at) }),
  'int32-le': (bytes, at) => (at + 4 > bytes.length ? undefined : { size: 4, length: bytes.readInt32LE(at) }),
  varint(bytes, at) {
    let length = 0
    for (let size = 0; size < 5; size++) {
      const byte = bytes[at + size]
      if (byte === undefined) return undefined
      length += (byte & 127) * 2 ** (7 * size)
      if (byte < 128) return { size: size + 1, length }
    }
    throw new SplitError(at, 'a varint of at most 5 bytes for the length of a record')
  },
}

function prefixed(read: ReadLength): Split {
  return (bytes, last, found) => {
    let at = 0
    while (at < bytes.length) {
      const prefix = read(bytes, at)
      if (prefix !== undefined && (prefix.length < 0 || prefix.length > LARGEST))
        throw new SplitError(at, `records of 0 to 16 MiB, not of ${prefix.length} bytes`)
      const start = at + (prefix?.size ?? 0)
      const end = start + (prefix?.length ?? 0)
      if (prefix === undefined || end > bytes.length) {
        if (last) throw new SplitError(at, `a whole record at the end: ${bytes.length - at} bytes are left`)
        return at
      }
      found(start, end)
      at = end
    }
    return at
  }
}
