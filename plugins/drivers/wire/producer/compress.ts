/** The records part of a batch, compressed. Synchronous: a batch is closed when it is closed. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ProducerSettings } from '../../../../core/plugin.ts'
import { compressionMask } from '../../../protocol/batch.ts'
import { AFTER, type Batch, FIRST } from './batch.ts'
import type { BufferPool } from './pool.ts'

const GZIP = 1
const ZSTD = 4

export type Codec = 'none' | 'gzip' | 'zstd'

/** @returns undefined for what this driver has no codec of. */
export function codecOf(compression: ProducerSettings['compression']): Codec | undefined {
  return compression === 'none' || compression === 'gzip' || compression === 'zstd' ? compression : undefined
}

/** Puts the compressed records in the place of the records. What does not shrink stays compressed too: that is what was asked for. */
export function compress(batch: Batch, codec: Codec, pool: BufferPool): void {
  if (codec === 'none') return
  const records = batch.memory.subarray(FIRST, batch.position)
  const compressed = codec === 'gzip' ? gzipSync(records) : zstdCompressSync(records)
  const end = FIRST + compressed.length
  if (end + AFTER > batch.memory.length) {
    const larger = pool.take(end + AFTER)
    pool.give(batch.memory)
    batch.memory = larger
  }
  compressed.copy(batch.memory, FIRST)
  batch.position = end
  batch.attributes = codec === 'gzip' ? GZIP : ZSTD
}

/** The records as they were: a view of the batch's memory, or new. */
export function recordsOf(batch: Batch): Buffer {
  const records = batch.memory.subarray(FIRST, batch.position)
  const codec = batch.attributes & compressionMask
  return codec === GZIP ? gunzipSync(records) : codec === ZSTD ? zstdDecompressSync(records) : records
}
