/** Batches as no honest client would make them, and compressed ones. */
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib'
import { BATCH_HEADER_BYTES, BATCH_LOG_OVERHEAD, batchAt, batchCrc } from '../../../plugins/protocol/batch.ts'

/** A copy with some bytes changed, the checksum made right again. */
export function changed(batch: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  return summed(copy)
}

function summed(batch: Buffer): Buffer {
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}

/** The batch with its records compressed. */
export function compressed(batch: Buffer, codec: keyof typeof codecs): Buffer {
  const { attribute, compress } = codecs[codec]
  const made = Buffer.concat([
    batch.subarray(0, BATCH_HEADER_BYTES),
    compress(batch.subarray(BATCH_HEADER_BYTES)),
  ])
  made.writeInt32BE(made.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  made.writeInt16BE(made.readInt16BE(batchAt.attributes) | attribute, batchAt.attributes)
  return summed(made)
}

/** Kafka's framings; snappy and lz4 with the bytes stored as they are, which both formats allow. */
export const codecs = {
  gzip: { attribute: 1, compress: (bytes: Buffer): Buffer => gzipSync(bytes) },
  snappy: { attribute: 2, compress: snappy },
  lz4: { attribute: 3, compress: lz4 },
  zstd: { attribute: 4, compress: (bytes: Buffer): Buffer => zstdCompressSync(bytes) },
}

/** The framing of snappy-java: a header, then blocks, each with its length. */
function snappy(bytes: Buffer): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const length = [(bytes.length & 0x7f) | 0x80, bytes.length >>> 7]
  const literal = [61 << 2, (bytes.length - 1) & 0xff, (bytes.length - 1) >>> 8]
  const block = Buffer.concat([Buffer.from([...length, ...literal]), bytes])
  return Buffer.concat([header, uint32BE(block.length), block])
}

/** One frame with one stored block. */
function lz4(bytes: Buffer): Buffer {
  const stored = Buffer.alloc(4)
  stored.writeUInt32LE((0x8000_0000 | bytes.length) >>> 0)
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
  return Buffer.concat([header, stored, bytes, Buffer.alloc(4)])
}

function uint32BE(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A message set of the old format, magic 0 or 1, with one message. */
export function messageSet(magic: 0 | 1): Buffer {
  const body = Buffer.concat([
    Buffer.from([magic, 0]),
    magic === 1 ? Buffer.alloc(8, 1) : Buffer.alloc(0),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 0x68, 0x69]),
  ])
  return Buffer.concat([Buffer.alloc(8), uint32BE(body.length + 4), uint32BE(crc32(body)), body])
}
