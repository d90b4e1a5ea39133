/** What a broker stores, taken apart by the protocol's own decoder. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { compressSync, uncompressSync } from 'snappy'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  type BatchHeader,
  batchAt,
  batchCrc,
  compressionMask,
  controlBit,
  readBatchHeader,
} from '../../plugins/protocol/batch.ts'
import { type BatchRecord, decodeBatch, encodeBatch } from '../../plugins/protocol/records.ts'

/** By their number in a batch's attributes. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

/** The Java client's snappy: a head, then blocks with their lengths. Others write one block without. */
const SNAPPY_STREAM = Buffer.from('\x82SNAPPY\0', 'latin1')
const SNAPPY_STREAM_HEAD = 16

const packs: Readonly<Record<Codec, (body: Buffer) => Buffer>> = {
  none: body => body,
  gzip: body => gzipSync(body),
  snappy: body => compressSync(body),
  lz4: body => compressFrameSync(body),
  zstd: body => zstdCompressSync(body),
}
const unpacks: Readonly<Record<Codec, (body: Buffer) => Buffer>> = {
  none: body => body,
  gzip: body => gunzipSync(body),
  snappy: unpackSnappy,
  lz4: body => decompressFrameSync(body),
  zstd: body => zstdDecompressSync(body),
}

function unpackSnappy(body: Buffer): Buffer {
  if (!body.subarray(0, SNAPPY_STREAM.length).equals(SNAPPY_STREAM)) return uncompressSync(body) as Buffer
  const blocks: Buffer[] = []
  for (let at = SNAPPY_STREAM_HEAD; at < body.length; ) {
    const end = at + 4 + body.readInt32BE(at)
    blocks.push(uncompressSync(body.subarray(at + 4, end)) as Buffer)
    at = end
  }
  return Buffer.concat(blocks)
}

export interface StoredBatch {
  readonly header: BatchHeader
  readonly codec: Codec
  /** It marks the end of a transaction, and has no record of a user. */
  readonly control: boolean
  readonly records: readonly BatchRecord[]
}

/** The batches of some bytes, and the records in them, whatever they are compressed with. */
export function batchesIn(bytes: Buffer): StoredBatch[] {
  const batches: StoredBatch[] = []
  // the last batch of an answer may be cut off
  for (let at = 0; bytes.length - at >= BATCH_HEADER_BYTES && bytes.length - at >= sizeAt(bytes, at); ) {
    const header = readBatchHeader(bytes, at)
    const codec = codecs[header.attributes & compressionMask]
    if (codec === undefined) throw new Error(`a batch has codec ${header.attributes & compressionMask}`)
    const batch = bytes.subarray(at, at + header.sizeInBytes)
    const control = (header.attributes & controlBit) !== 0
    batches.push({ header, codec, control, records: decodeBatch(recoded(batch, codec, 'none')).records })
    at += header.sizeInBytes
  }
  return batches
}

function sizeAt(bytes: Buffer, at: number): number {
  return BATCH_LOG_OVERHEAD + bytes.readInt32BE(at + batchAt.batchLength)
}

/** A batch of these values, compressed. */
export function packedBatch(codec: Codec, values: readonly string[]): Buffer {
  return recoded(encodeBatch(values.map(value => ({ value: Buffer.from(value) }))), 'none', codec)
}

function recoded(batch: Buffer, from: Codec, to: Codec): Buffer {
  if (from === to) return batch
  const body = packs[to](unpacks[from](batch.subarray(BATCH_HEADER_BYTES)))
  const copy = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), body])
  const attributes = copy.readInt16BE(batchAt.attributes)
  copy.writeInt16BE((attributes & ~compressionMask) | codecs.indexOf(to), batchAt.attributes)
  copy.writeInt32BE(copy.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  return sealed(copy)
}

/** The batch, with the checksum that its bytes have now. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}
