/** Compressed batches. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { LibraryError, libraryOf } from '../compression/library.ts'
import { decompressLz4, lz4Bound } from '../compression/lz4.ts'
import { decompressSnappy, snappySize } from '../compression/snappy.ts'

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

/** What to wait for before a batch of these attributes can be decompressed; undefined: nothing. Never rejects. */
export function loadCodec(attributes: number): Promise<void> | undefined {
  const library = libraryOf(codecOf(attributes) ?? 'none')
  return library === undefined || library.settled ? undefined : library.load()
}

/**
 * @throws UnreadableError for a codec whose library is not there, or more than MAX_DECOMPRESSED_BYTES; MalformedError or the
 * codec's own errors for bytes that are not what they should be.
 */
export function decompress(codec: Exclude<Codec, 'none'>, bytes: Buffer): Buffer {
  try {
    switch (codec) {
      case 'gzip':
        return gunzipSync(bytes, zlibOptions(bytes))
      case 'zstd':
        return zstdDecompressSync(bytes, zlibOptions(bytes))
      case 'snappy':
        bearable(snappySize(bytes))
        return decompressSnappy(bytes)
      case 'lz4':
        bearable(lz4Bound(bytes))
        return decompressLz4(bytes)
    }
  } catch (error) {
    if (error instanceof LibraryError)
      throw new UnreadableError(`${codec} is not readable here: ${error.message}`)
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw error
  }
}

function zlibOptions(bytes: Buffer) {
  const chunkSize = Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, USUAL_RATIO * bytes.length))
  return { chunkSize, maxOutputLength: MAX_DECOMPRESSED_BYTES }
}

/** These libraries have no bound of their own. */
function bearable(size: number): void {
  if (size > MAX_DECOMPRESSED_BYTES) throw tooLarge()
}

function tooLarge(): UnreadableError {
  return new UnreadableError(`a batch of more than ${MAX_DECOMPRESSED_BYTES / 1024 / 1024} MiB, decompressed`)
}
