import { MalformedError } from '../protocol/failure.ts'

/** Longest frame taken, in bytes: what a broker's `socket.request.max.bytes` is by default. */
export const MAX_FRAME_BYTES = 100 * 1024 * 1024

/**
 * Cuts a byte stream into frames (a 32-bit length, then that many bytes). A frame within one chunk is a view of it;
 * one over several chunks is put together once, after all of it has arrived, so a length alone allocates nothing.
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
  }

  /**
   * The next whole frame without its length, or undefined until more arrives.
   * @throws MalformedError for a length below zero or above MAX_FRAME_BYTES.
   */
  next(): Buffer | undefined {
    if (this.#needed < 0) {
      if (this.#buffered < 4) return undefined
      const length = this.#take(4).readInt32BE(0)
      if (length < 0 || length > MAX_FRAME_BYTES) throw new MalformedError(`frame of ${length} bytes`)
      this.#needed = length
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
    const whole = Buffer.allocUnsafeSlow(bytes)
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
    this.#first++
    if (this.#first === this.#chunks.length) {
      this.#chunks = []
      this.#first = 0
    } else if (this.#first >= 1024) {
      this.#chunks = this.#chunks.slice(this.#first)
      this.#first = 0
    }
  }
}
