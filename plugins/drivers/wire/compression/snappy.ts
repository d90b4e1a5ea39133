/**
 * Snappy in Kafka's two ways: one raw block, as librdkafka and this driver write it, or the stream of snappy-java, as the Java
 * client does. All clients read both.
 */
import { MalformedError } from '../../../protocol/failure.ts'
import { snappy } from './library.ts'

/** What a stream begins with. Two int32 follow, versions; then blocks, each after its length as int32. */
const STREAM = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const STREAM_HEADER_BYTES = STREAM.length + 8
/** No element makes more of a byte: 64 bytes from 3. */
const MOST_RATIO = 22

export function compressSnappy(bytes: Buffer): Buffer {
  return snappy.module.compressSync(bytes)
}

/**
 * Bytes that it says it becomes, and by its length can become.
 * @throws MalformedError
 */
export function snappySize(bytes: Buffer): number {
  let size = 0
  for (const block of blocksOf(bytes)) size += blockSize(block)
  return size
}

/**
 * What `snappySize` found to be bearable.
 * @throws Error of the library for bytes that are not snappy; LibraryError.
 */
export function decompressSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (const block of blocksOf(bytes)) parts.push(snappy.module.uncompressSync(block) as Buffer)
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

function* blocksOf(bytes: Buffer): Generator<Buffer> {
  if (!bytes.subarray(0, STREAM.length).equals(STREAM)) {
    yield bytes
    return
  }
  for (let at = STREAM_HEADER_BYTES; at < bytes.length; ) {
    const start = at + 4
    const length = start <= bytes.length ? bytes.readInt32BE(at) : -1
    if (length < 0 || length > bytes.length - start)
      throw new MalformedError(`a block of ${length} bytes, where ${bytes.length - at} are left`)
    at = start + length
    yield bytes.subarray(start, at)
  }
}

/** A block begins with its size, a varint of up to 32 bits. */
function blockSize(block: Buffer): number {
  let size = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte >= 0x80) continue
    if (size > MOST_RATIO * block.length)
      throw new MalformedError(`${block.length} bytes cannot become ${size}`)
    return size
  }
  throw new MalformedError('a block without its size')
}
