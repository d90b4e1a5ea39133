/** The stamp, version 1: what lets a consumed record find the instant it was scheduled for. */

/** Bytes of a stamp. */
export const STAMP_BYTES = 52
/** Name of the record header that holds it where the value does not. */
export const STAMP_HEADER = 'loadtest'

const MAGIC = 0x4b4c5401 // "KLT", version 1

/** What is in a stamp; as it is born, before one was read or written. */
export class Stamp {
  run = 0
  stream = 0
  producer = -1
  index = -1
  sequence = -1
  transaction = -1
  /** µs since the run's t0. */
  scheduledAt = Number.NaN
  enqueuedAt = Number.NaN
  /** CRC32C of the payload, 0: none. */
  checksum = 0
}

/**
 * Writes a stamp: magic and version (4), run (4), stream (2), flags (2), producer (4), index (8, double), sequence (4),
 * transaction (4), t_sched (8, double), t_enq (8, double), checksum (4); all big-endian.
 */
export function writeStamp(to: DataView, at: number, s: Stamp): void {
  to.setUint32(at, MAGIC)
  to.setUint32(at + 4, s.run)
  to.setUint16(at + 8, s.stream)
  to.setUint16(at + 10, s.checksum === 0 ? 0 : 1)
  to.setUint32(at + 12, s.producer)
  to.setFloat64(at + 16, s.index)
  to.setInt32(at + 24, s.sequence)
  to.setInt32(at + 28, s.transaction)
  to.setFloat64(at + 32, s.scheduledAt)
  to.setFloat64(at + 40, s.enqueuedAt)
  to.setUint32(at + 48, s.checksum)
}

/** Of the bytes that were read last, mostly those of the next record too: a view reads a double in 2 ns, a Buffer in 25. */
let seen: Buffer = Buffer.alloc(0)
let view: DataView = new DataView(seen.buffer)

/** Reads a stamp into `s`; false: there is none at this place. */
export function readStamp(b: Buffer, at: number, length: number, s: Stamp): boolean {
  if (b !== seen) view = new DataView((seen = b).buffer, b.byteOffset, b.length)
  if (length < STAMP_BYTES || at + STAMP_BYTES > b.length || view.getUint32(at) !== MAGIC) return false
  s.run = view.getUint32(at + 4)
  s.stream = view.getUint16(at + 8)
  s.producer = view.getUint32(at + 12)
  s.index = view.getFloat64(at + 16)
  s.sequence = view.getInt32(at + 24)
  s.transaction = view.getInt32(at + 28)
  s.scheduledAt = view.getFloat64(at + 32)
  s.enqueuedAt = view.getFloat64(at + 40)
  s.checksum = (view.getUint16(at + 10) & 1) === 1 ? view.getUint32(at + 48) : 0
  return true
}

export const emptyStamp = (): Stamp => new Stamp()
