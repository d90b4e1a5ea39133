/** Below this size copying a byte string costs less than another piece in writev. */
const COPY_BELOW = 2048

/**
 * Writes Kafka's primitive types, big-endian, into pieces: large byte strings are taken in as they are, not copied, so
 * whoever hands one in must leave it alone until the pieces are written.
 */
export class ByteWriter {
  #buffer: Buffer
  #start = 0
  #position = 0
  readonly #pieces: Buffer[] = []
  #piecesLength = 0

  /** @param capacity bytes to begin with; it grows. */
  constructor(capacity = 512) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#piecesLength + this.#position - this.#start
  }

  /** Makes room and returns where it starts. */
  #reserve(bytes: number): number {
    const at = this.#position
    if (at + bytes <= this.#buffer.length) {
      this.#position = at + bytes
      return at
    }
    const open = at - this.#start
    const next = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, open + bytes))
    this.#buffer.copy(next, 0, this.#start, at)
    this.#buffer = next
    this.#start = 0
    this.#position = open + bytes
    return open
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#reserve(1)
    this.#buffer.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    this.#buffer.writeInt32BE(value, at)
  }

  /** A number must be a safe integer. */
  int64(value: bigint | number): void {
    const at = this.#reserve(8)
    if (typeof value === 'bigint') {
      this.#buffer.writeBigInt64BE(value, at)
    } else {
      const high = Math.floor(value / 0x1_0000_0000)
      this.#buffer.writeInt32BE(high, at)
      this.#buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
    }
  }

  /** Unsigned varint, 0 … 2³² − 1. */
  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      const at = this.#reserve(1)
      this.#buffer[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.#reserve(1)
    this.#buffer[at] = rest
  }

  /** Zigzag varint of a 32-bit integer. */
  varint(value: number): void {
    this.uvarint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** Zigzag varint of a 64-bit integer. */
  varlong(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 0x7fn) {
      const at = this.#reserve(1)
      this.#buffer[at] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    const at = this.#reserve(1)
    this.#buffer[at] = Number(rest)
  }

  /** @param value UUID in Kafka's notation: 22 characters of base64url. */
  uuid(value: string): void {
    const at = this.#reserve(16)
    if (this.#buffer.write(value, at, 16, 'base64url') !== 16) throw new RangeError(`not a UUID: ${value}`)
  }

  #length(length: number, compact: boolean, wide: boolean): void {
    if (compact) this.uvarint(length + 1)
    else if (wide) this.int32(length)
    else this.int16(length)
  }

  string(value: string | null, compact: boolean): void {
    if (value === null) {
      this.#length(-1, compact, false)
      return
    }
    const length = Buffer.byteLength(value)
    this.#length(length, compact, false)
    const at = this.#reserve(length)
    this.#buffer.write(value, at, length)
  }

  /** Length and bytes; several buffers are one byte string. */
  bytes(value: Buffer | readonly Buffer[] | null, compact: boolean): void {
    if (value === null) {
      this.#length(-1, compact, true)
      return
    }
    const parts = Array.isArray(value) ? (value as readonly Buffer[]) : [value as Buffer]
    let length = 0
    for (const part of parts) length += part.length
    this.#length(length, compact, true)
    for (const part of parts) this.raw(part)
  }

  arrayLength(length: number, compact: boolean): void {
    this.#length(length, compact, true)
  }

  /** The bytes alone: copied when few, taken in when many. */
  raw(value: Buffer): void {
    if (value.length < COPY_BELOW) {
      const at = this.#reserve(value.length)
      value.copy(this.#buffer, at)
      return
    }
    this.#close()
    this.#pieces.push(value)
    this.#piecesLength += value.length
  }

  #close(): void {
    if (this.#position === this.#start) return
    this.#pieces.push(this.#buffer.subarray(this.#start, this.#position))
    this.#piecesLength += this.#position - this.#start
    this.#start = this.#position
  }

  /** All pieces, in order; the writer is done. */
  finish(): Buffer[] {
    this.#close()
    return this.#pieces
  }
}
