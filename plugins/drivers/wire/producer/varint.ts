/** Kafka's zigzag varints, into bytes that have room. Sizes and values up to 2³⁰ go the short way. */

/** Bytes that a 32-bit integer takes. */
export function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x20_0000 ? 3 : raw < 0x1000_0000 ? 4 : 5
}

/** Writes a 32-bit integer, and answers where it ends. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  if (raw < 0x80) {
    bytes[at] = raw
    return at + 1
  }
  if (raw < 0x4000) {
    bytes[at] = raw | 0x80
    bytes[at + 1] = raw >>> 7
    return at + 2
  }
  while (raw > 0x7f) {
    bytes[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

/** What differs from itself as a 32-bit integer takes the long way: times far apart, in ms. */
function isShort(value: number): boolean {
  return (value | 0) === value
}

/** Bytes that a safe integer takes. */
export function varlongSize(value: number): number {
  if (isShort(value)) return varintSize(value)
  let rest = zigzag(value)
  let size = 1
  for (; rest > 0x7fn; size++) rest >>= 7n
  return size
}

/** Writes a safe integer, and answers where it ends. */
export function writeVarlong(bytes: Uint8Array, start: number, value: number): number {
  if (isShort(value)) return writeVarint(bytes, start, value)
  let at = start
  let rest = zigzag(value)
  for (; rest > 0x7fn; rest >>= 7n) bytes[at++] = Number(rest & 0x7fn) | 0x80
  bytes[at++] = Number(rest)
  return at
}

function zigzag(value: number): bigint {
  const exact = BigInt(value)
  return BigInt.asUintN(64, (exact << 1n) ^ (exact >> 63n))
}

/** Bytes of an unsigned varint: what compact lengths are. */
export function uvarintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5
}

/** Writes an unsigned 32-bit integer, and answers where it ends. */
export function writeUvarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
