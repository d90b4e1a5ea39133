/** LZ4 in frames, as the protocol has it: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
import { MalformedError } from '../../../protocol/failure.ts'
import { lz4 } from './library.ts'

const MAGIC = 0x184d2204
const LEAST_HEADER_BYTES = 7
const flags = { blockChecksums: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const
/** A match grows by 255 for each byte more. */
const MOST_RATIO = 255

export function compressLz4(bytes: Buffer): Buffer {
  return lz4.module.compressFrameSync(bytes)
}

/**
 * Bytes that a frame becomes at most. It need not say how many it becomes, and may say anything: counted are its blocks, each as
 * what its length can become, the frame's block size at most. Blocks are full but for the last, as a rule, so that is near.
 * @throws MalformedError for what is not one whole frame.
 */
export function lz4Bound(bytes: Buffer): number {
  if (bytes.length < LEAST_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC)
    throw new MalformedError('no LZ4 frame')
  const has = bytes[4] as number
  const largest = blockBytes(bytes[5] as number)
  const blockTrailer = has & flags.blockChecksums ? 4 : 0
  let at = LEAST_HEADER_BYTES + (has & flags.contentSize ? 8 : 0) + (has & flags.dictionary ? 4 : 0)
  let bound = 0
  for (;;) {
    if (at + 4 > bytes.length) throw new MalformedError('the frame is cut off')
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) break
    const length = word & 0x7fff_ffff
    // the highest bit: it is not compressed
    bound += word > 0x7fff_ffff ? length : Math.min(largest, MOST_RATIO * length)
    at += length + blockTrailer
  }
  if (has & flags.contentChecksum) at += 4
  if (at !== bytes.length) throw new MalformedError(`a frame of ${at} bytes in ${bytes.length}`)
  return bound
}

/** 64 KiB, 256 KiB, 1 MiB or 4 MiB. */
function blockBytes(descriptor: number): number {
  const id = (descriptor >> 4) & 0x07
  if (id < 4) throw new MalformedError(`a frame with block size ${id}`)
  return 1 << (8 + 2 * id)
}

/**
 * What `lz4Bound` found to be bearable.
 * @throws Error of the library for bytes that are not LZ4; LibraryError.
 */
export function decompressLz4(bytes: Buffer): Buffer {
  return lz4.module.decompressFrameSync(bytes)
}
