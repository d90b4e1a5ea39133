import type { BatchHeader } from '../../protocol/batch.ts'

/** A record's time in ms, and its offset. */
export interface RecordTime {
  readonly timestamp: number
  readonly offset: number
}

/** Bytes of the longest varint there is, of 64 bits. */
const MAX_VARINT_BYTES = 10

/** Goes through the records of a batch without making anything of them: there may be millions in one. */
class Cursor {
  readonly #bytes: Buffer
  position = 0
  /** Set when the bytes end early, or are no records. */
  failed = false

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** A zigzag varint of up to 64 bits, exact as far as numbers are: times and offsets are safe integers. */
  varint(): number {
    let low = 0
    let high = 0
    for (let n = 0; n < MAX_VARINT_BYTES; n++) {
      const byte = this.#bytes[this.position++]
      if (byte === undefined) break
      // Four times seven bits fit a small integer; the others are added by multiplication.
      if (n < 4) low |= (byte & 0x7f) << (7 * n)
      else high += (byte & 0x7f) * 2 ** (7 * (n - 4))
      if (byte < 0x80) {
        const raw = high * 2 ** 28 + low
        return (low & 1) === 0 ? raw / 2 : -(raw + 1) / 2
      }
    }
    this.failed = true
    return 0
  }
}

/**
 * Goes through the records until one is `wanted`.
 * @returns the first one, null for none, undefined when the bytes are no records; and how many were looked at.
 */
export function findRecord(
  records: Buffer,
  { recordsCount, baseTimestamp, baseOffset }: BatchHeader,
  wanted: (timestamp: number, offset: number) => boolean,
): { readonly found: RecordTime | null | undefined; readonly looked: number } {
  const cursor = new Cursor(records)
  for (let n = 0; n < recordsCount; n++) {
    const length = cursor.varint()
    const end = cursor.position + length
    cursor.position++
    const timestamp = baseTimestamp + cursor.varint()
    const offset = baseOffset + cursor.varint()
    const looked = n + 1
    if (cursor.failed || end < cursor.position || end > records.length) return { found: undefined, looked }
    if (wanted(timestamp, offset)) return { found: { timestamp, offset }, looked }
    cursor.position = end
  }
  return { found: null, looked: recordsCount }
}
