import { MalformedError } from './failure.ts'

/**
 * Reads Kafka's primitive types from a Buffer, big-endian, never past `end`. Every length is checked against the bytes
 * that are there before anything is made of it; byte strings are views, not copies.
 * @throws MalformedError when the bytes end early, or a length, varint or UUID makes no sense.
 */
export class ByteReader {
  readonly buffer: Buffer
  position: number
  readonly end: number
  readonly #maxElements: number
  #elements = 0

  /**
   * @param maxElements of all arrays of the message together: a frame of tiny elements must not become gigabytes of
   * objects.
   */
  constructor(buffer: Buffer, start = 0, end = buffer.length, maxElements = 1_000_000) {
    this.buffer = buffer
    this.position = start
    this.end = end
    this.#maxElements = maxElements
  }

  /** Elements of all arrays read so far. */
  get elements(): number {
    return this.#elements
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves over `bytes` and returns where they start. */
  take(bytes: number): number {
    const at = this.position
    if (bytes < 0 || bytes > this.end - at) {
      throw new MalformedError(`${bytes} bytes wanted at ${at}, ${this.end - at} are left`)
    }
    this.position = at + bytes
    return at
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  int64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }

  /** Unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!
      if (shift === 28 && byte > 0x0f) break
      value = (value | ((byte & 0x7f) << shift)) >>> 0
      if (byte < 0x80) return value
    }
    throw new MalformedError(`varint over 32 bits before ${this.position}`)
  }

  /** Zigzag varint of at most 32 bits. */
  varint(): number {
    const raw = this.uvarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Zigzag varint of at most 64 bits. */
  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.take(1)]!
      if (shift === 63n && byte > 1) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new MalformedError(`varlong over 64 bits before ${this.position}`)
  }

  /** UUID in Kafka's notation: 22 characters of base64url. */
  uuid(): string {
    const at = this.take(16)
    return this.buffer.toString('base64url', at, at + 16)
  }

  /** A length field: −1 for null. */
  #length(compact: boolean, wide: boolean): number {
    const length = compact ? this.uvarint() - 1 : wide ? this.int32() : this.int16()
    if (length < -1) throw new MalformedError(`length ${length} before ${this.position}`)
    return length
  }

  string(compact: boolean): string | null {
    const length = this.#length(compact, false)
    if (length === -1) return null
    const at = this.take(length)
    return this.buffer.toString('utf8', at, at + length)
  }

  /** A view of the bytes, valid as long as the frame is. */
  bytes(compact: boolean): Buffer | null {
    const length = this.#length(compact, true)
    if (length === -1) return null
    const at = this.take(length)
    return this.buffer.subarray(at, at + length)
  }

  /** Element count of an array, −1 for null; an element takes at least one byte. */
  arrayLength(compact: boolean): number {
    const length = this.#length(compact, true)
    if (length > this.remaining) throw new MalformedError(`${length} elements in ${this.remaining} bytes`)
    this.#elements += Math.max(length, 0)
    if (this.#elements > this.#maxElements) {
      throw new MalformedError(`more than ${this.#maxElements} array elements`)
    }
    return length
  }

  /** Calls `read` for each tagged field with its own bounded reader; what it leaves is skipped. */
  taggedFields(read?: (tag: number, reader: ByteReader) => void): void {
    const count = this.uvarint()
    for (let n = 0; n < count; n++) {
      const tag = this.uvarint()
      const size = this.uvarint()
      const at = this.take(size)
      read?.(tag, new ByteReader(this.buffer, at, at + size, this.#maxElements))
    }
  }
}
