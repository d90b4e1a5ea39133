/** A record as it lies in the fetch answer: positions and lengths are read, nothing is made. */
import { ConsumedRecord } from '../../../../core/plugin.ts'

/**
 * Where the next byte is read. Module variables instead of a reader object: a record is some ten varints, and each
 * would go through two more loads.
 */
let at = 0
/** Where reading goes on after a varint that is none: past the end of every record. */
const PAST = 2 ** 40

/** Zigzag varint of at most 32 bits. Reading past the end gives nonsense, which the end of the record tells. */
function varint(bytes: Buffer): number {
  const first = bytes[at++] as number
  if (first < 0x80) return (first >>> 1) ^ -(first & 1)
  let raw = first & 0x7f
  for (let shift = 7; shift < 35; shift += 7) {
    const byte = bytes[at++] as number
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80 && (shift < 28 || byte <= 0x0f)) return (raw >>> 1) ^ -(raw & 1)
  }
  at = PAST
  return 0
}

/** Zigzag varint of at most 64 bits; four bytes hold more than a day of ms, so the slow way is seldom gone. */
function varlong(bytes: Buffer): number {
  let raw = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++] as number
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
  }
  let wide = BigInt(raw)
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = bytes[at++] ?? 0xff
    wide |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return Number((wide >> 1n) ^ -(wide & 1n))
  }
  at = PAST
  return 0
}

const NOTHING = Buffer.alloc(0)
/** Where a header's value is. */
interface Found {
  bytes: Buffer
  start: number
  length: number
}

/** One is used again for all records of a consumer. */
export class WireRecord extends ConsumedRecord {
  #headers = 0
  #headersAt = 0
  /** The name that was asked for last, and its bytes: the same one is asked for record after record. */
  #name = ''
  #nameBytes: Buffer = NOTHING
  readonly #found: Found = { bytes: NOTHING, start: 0, length: 0 }

  /**
   * Reads the record at `start` of `bytes`, which ends at `end` at the latest. `offset` and `timestamp` are left as
   * deltas, for the batch to add to.
   * @returns where the next one begins; -1 for bytes that are no record.
   */
  read(bytes: Buffer, start: number, end: number): number {
    at = start
    const length = varint(bytes)
    const recordEnd = at + length
    if (length < 0 || recordEnd > end) return -1
    at++ // attributes: none are defined
    this.timestamp = varlong(bytes)
    this.offset = varint(bytes)
    this.keyLength = varint(bytes)
    this.keyStart = at
    if (this.keyLength > 0) at += this.keyLength
    this.valueLength = varint(bytes)
    this.valueStart = at
    if (this.valueLength > 0) at += this.valueLength
    const headers = varint(bytes)
    this.#headers = headers
    this.#headersAt = at
    if (headers !== 0 && !skipHeaders(bytes, headers, recordEnd)) return -1
    // a length beyond the record, anywhere in it, leads elsewhere
    return at === recordEnd ? recordEnd : -1
  }

  /** A copy, as all that is handed out: the memory of the answer is used again. */
  key(): Buffer | null {
    return this.keyLength < 0 ? null : copy(this.bytes, this.keyStart, this.keyLength)
  }
  value(): Buffer | null {
    return this.valueLength < 0 ? null : copy(this.bytes, this.valueStart, this.valueLength)
  }

  /** The last one of that name. */
  header(name: string): Buffer | undefined {
    const found = this.findHeader(name)
    return found && copy(found.bytes, found.start, found.length)
  }
  findHeader(name: string): Found | undefined {
    if (this.#headers === 0) return undefined
    if (name !== this.#name) {
      this.#name = name
      this.#nameBytes = Buffer.from(name)
    }
    const { bytes } = this
    const wanted = this.#nameBytes
    let foundAt = -1
    let foundLength = -1
    at = this.#headersAt
    for (let n = 0; n < this.#headers; n++) {
      const nameLength = varint(bytes)
      const nameAt = at
      at += nameLength
      const length = varint(bytes)
      if (nameLength === wanted.length && equal(bytes, nameAt, wanted)) {
        foundAt = at
        foundLength = length
      }
      if (length > 0) at += length
    }
    if (foundLength < 0) return undefined
    this.#found.bytes = bytes
    this.#found.start = foundAt
    this.#found.length = foundLength
    return this.#found
  }
  headers(): [string, Buffer | null][] {
    const { bytes } = this
    const all: [string, Buffer | null][] = []
    at = this.#headersAt
    for (let n = 0; n < this.#headers; n++) {
      const nameLength = varint(bytes)
      const name = bytes.toString('utf8', at, at + nameLength)
      at += nameLength
      const length = varint(bytes)
      all.push([name, length < 0 ? null : copy(bytes, at, length)])
      if (length > 0) at += length
    }
    return all
  }
}

/** Whether so many headers fit; a count or a length that lies ends it at the end of the record. */
function skipHeaders(bytes: Buffer, count: number, end: number): boolean {
  let n = 0
  for (; n < count && at < end; n++) {
    const nameLength = varint(bytes)
    if (nameLength < 0) return false
    at += nameLength
    const length = varint(bytes)
    if (length > 0) at += length
  }
  return n === count
}

function equal(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false
  return true
}

function copy(bytes: Buffer, start: number, length: number): Buffer {
  const made = Buffer.allocUnsafe(length)
  bytes.copy(made, 0, start, start + length)
  return made
}
