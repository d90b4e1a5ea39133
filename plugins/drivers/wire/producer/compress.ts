/** The records part of a batch, compressed. Synchronous: a batch is closed when it is closed. */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ProducerSettings } from '../../../../core/plugin.ts'
import { compressionMask } from '../../../protocol/batch.ts'
import { compressLz4, decompressLz4 } from '../compression/lz4.ts'
import { compressSnappy, decompressSnappy } from '../compression/snappy.ts'
import { AFTER, type Batch, FIRST } from './batch.ts'
import type { BufferPool } from './pool.ts'

export type Codec = Pick<ProducerSettings, 'compression' | 'compressionLevel'>

interface Packing {
  /** Bits of a batch's attributes. */
  readonly id: number
  /** Without a level: as the codec has it. */
  pack(records: Buffer, level: number | undefined): Buffer
  unpack(packed: Buffer): Buffer
}

const packings: Readonly<Record<Exclude<Codec['compression'], 'none'>, Packing>> = {
  gzip: { id: 1, pack: packGzip, unpack: packed => gunzipSync(packed) },
  snappy: { id: 2, pack: compressSnappy, unpack: decompressSnappy },
  lz4: { id: 3, pack: compressLz4, unpack: decompressLz4 },
  zstd: { id: 4, pack: packZstd, unpack: packed => zstdDecompressSync(packed) },
}
const byId = new Map(Object.values(packings).map(each => [each.id, each]))

/**
 * Puts the compressed records in the place of the records. What does not shrink stays compressed too: that is what was asked for.
 * The codec's library, if it has one, must be loaded.
 */
export function compress(batch: Batch, { compression, compressionLevel }: Codec, pool: BufferPool): void {
  if (compression === 'none') return
  const { id, pack } = packings[compression]
  const compressed = pack(batch.memory.subarray(FIRST, batch.position), compressionLevel)
  const end = FIRST + compressed.length
  if (end + AFTER > batch.memory.length) {
    const larger = pool.take(end + AFTER)
    pool.give(batch.memory)
    batch.use(larger)
  }
  compressed.copy(batch.memory, FIRST)
  batch.position = end
  batch.attributes |= id
}

function packGzip(records: Buffer, level: number | undefined): Buffer {
  return gzipSync(records, level === undefined ? {} : { level })
}
function packZstd(records: Buffer, level: number | undefined): Buffer {
  return zstdCompressSync(
    records,
    level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } },
  )
}

/** The records as they were: a view of the batch's memory, or new. */
export function recordsOf(batch: Batch): Buffer {
  const records = batch.memory.subarray(FIRST, batch.position)
  return byId.get(batch.attributes & compressionMask)?.unpack(records) ?? records
}
