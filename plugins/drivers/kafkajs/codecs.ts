/** What kafkajs can compress with, told without loading it. */
import { createRequire } from 'node:module'
import type { ProducerOptions } from '../../../core/plugin.ts'

export type Kafkajs = typeof import('kafkajs')
type Compression = ProducerOptions['settings']['compression']

const require = createRequire(import.meta.url)

/** kafkajs brings gzip, the driver zstd; others may have been registered, which takes loading kafkajs first. */
export function canCompress(name: Compression): boolean {
  if (name === 'none' || name === 'gzip' || name === 'zstd') return true
  const kafkajs = require.cache[require.resolve('kafkajs')]?.exports as Kafkajs | undefined
  return kafkajs !== undefined && hasCodec(kafkajs, compressionType(kafkajs, name))
}

export function hasCodec({ CompressionCodecs }: Kafkajs, type: number): boolean {
  try {
    CompressionCodecs[type as 1 | 2 | 3 | 4]()
    return true
  } catch {
    return false
  }
}

export function compressionType({ CompressionTypes }: Kafkajs, name: Compression): number {
  const { None, GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
  return { none: None, gzip: GZIP, snappy: Snappy, lz4: LZ4, zstd: ZSTD }[name]
}
