import { MalformedError } from './failure.ts'

/** Longest frame taken, in bytes: what a broker's `socket.request.max.bytes` is by default. */
export const MAX_FRAME_BYTES = 100 * 1024 * 1024

/** Chunks that are smaller than this on average are put together, so that a trickle costs what it brings. */
const SMALL_CHUNK_BYTES = 1024
const MANY_CHUNKS = 1024
const USED_UP = Buffer.alloc(0)

/** Where frames that came in several chunks are put together: fresh memory would cost more than all the copying. */
const scratch = Buffer.allocUnsafeSlow(2 * 1024 * 1024)

/** The first bytes of TLS: a handshake record, version 3.x. */
function hintFor(length: number): string {
  return length >>> 16 === 0x1603 ? ': it looks like a TLS handshake, and this port speaks plaintext' : ''
}

/** The length that was read. @throws MalformedError below zero or above `maxBytes`. */
export function frameLength(length: number, maxBytes: number = MAX_FRAME_BYTES): number {
  if (length >= 0 && length <= maxBytes) return length
  throw new MalformedError(
    `a frame of ${length} bytes is announced, at most ${maxBytes} are taken${hintFor(length)}`,
  )
}

function inScratch(bytes: number): Buffer {
  return bytes <= scratch.length ? scratch.subarray(0, bytes) : Buffer.allocUnsafeSlow(bytes)
}

/**
 * Cuts a byte stream into frames (a 32-bit length, then that many bytes). A frame within one chunk is a view of it;
 * one over several chunks is put together after all of it has arrived, so a length alone allocates nothing.
 */
export class FrameReader {
  #chunks: Buffer[] = []
  /** The first chunk not used up yet, and how far into it we are. */
  #first = 0
  #offset = 0
  #buffered = 0
  #needed = -1

  /** Bytes held that no frame has taken. */
  get buffered(): number {
    return this.#buffered
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    const count = this.#chunks.length - this.#first
    if (count >= MANY_CHUNKS && this.#buffered < count * SMALL_CHUNK_BYTES) {
      const whole = Buffer.concat(this.#chunks.slice(this.#first)).subarray(this.#offset)
      this.#chunks = [whole]
      this.#first = 0
      this.#offset = 0
    }
  }

  /**
   * The next whole frame without its length, or undefined until more arrives. Its bytes are good until the next frame
   * is taken, from any reader: who needs them longer copies them.
   * @throws MalformedError for a length below zero or above `maxBytes`.
   */
  next(maxBytes: number = MAX_FRAME_BYTES): Buffer | undefined {
    if (this.#needed < 0) {
      if (this.#buffered < 4) return undefined
      this.#needed = frameLength(this.#take(4).readInt32BE(0), maxBytes)
    }
    if (this.#buffered < this.#needed) return undefined
    const frame = this.#take(this.#needed)
    this.#needed = -1
    return frame
  }

  #take(bytes: number): Buffer {
    this.#buffered -= bytes
    const chunk = this.#chunks[this.#first]
    if (chunk !== undefined && chunk.length - this.#offset >= bytes) {
      const view = chunk.subarray(this.#offset, this.#offset + bytes)
      this.#advance(bytes)
      return view
    }
    const whole = inScratch(bytes)
    let filled = 0
    while (filled < bytes) {
      const part = this.#chunks[this.#first]!
      const size = Math.min(part.length - this.#offset, bytes - filled)
      part.copy(whole, filled, this.#offset, this.#offset + size)
      filled += size
      this.#advance(size)
    }
    return whole
  }

  #advance(bytes: number): void {
    this.#offset += bytes
    if (this.#offset < this.#chunks[this.#first]!.length) return
    this.#offset = 0
    this.#chunks[this.#first++] = USED_UP
    if (this.#first === this.#chunks.length) {
      this.#chunks = []
      this.#first = 0
    } else if (this.#first >= MANY_CHUNKS) {
      this.#chunks = this.#chunks.slice(this.#first)
      this.#first = 0
    }
  }
}
