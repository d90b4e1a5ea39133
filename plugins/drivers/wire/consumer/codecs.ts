/** Compressed batches. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

/** Bytes that the records of one batch may become: a few KiB can claim to be terabytes. */
export const MAX_DECOMPRESSED_BYTES = 128 * 1024 * 1024
const LEAST_CHUNK_BYTES = 64 * 1024
const MOST_CHUNK_BYTES = 1024 * 1024
/** What records shrink to at most, as a rule. */
const USUAL_RATIO = 4

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

/** The codec of a batch's attributes; undefined: the protocol has none of that number. */
export function codecOf(attributes: number): Codec | undefined {
  return codecs[attributes & 0x07]
}

/** A batch that is well, but not for this driver. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError'
}

/**
 * @throws UnreadableError for a codec that is not there, or more than MAX_DECOMPRESSED_BYTES; zlib's own errors for bytes that
 * are not what they should be.
 */
export function decompress(codec: Codec, bytes: Buffer): Buffer {
  const chunkSize = Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, USUAL_RATIO * bytes.length))
  const options = { chunkSize, maxOutputLength: MAX_DECOMPRESSED_BYTES }
  try {
    if (codec === 'gzip') return gunzipSync(bytes, options)
    if (codec === 'zstd') return zstdDecompressSync(bytes, options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
    throw new UnreadableError(
      `a batch of more than ${MAX_DECOMPRESSED_BYTES / 1024 / 1024} MiB, decompressed`,
    )
  }
  throw new UnreadableError(`${codec} is not readable with the wire driver, which has none, gzip and zstd`)
}
