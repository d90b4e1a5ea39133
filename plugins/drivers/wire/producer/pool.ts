/** Memory of batches, used again: sizes double from 1 KiB up to that of a full batch, so that many small batches stay small. */

const LEAST = 1024

export class BufferPool {
  readonly #full: number
  readonly #bound: number
  readonly #free = new Map<number, Buffer[]>()
  #freeBytes = 0

  /**
   * @param full bytes of a full batch.
   * @param bound bytes kept at most while nobody needs them.
   */
  constructor(full: number, bound: number) {
    this.#full = full
    this.#bound = bound
  }

  /** At least so many bytes; more than a full batch has are made for the occasion. */
  take(bytes: number): Buffer {
    if (bytes > this.#full) return Buffer.allocUnsafeSlow(bytes)
    let size = LEAST
    while (size < bytes) size *= 2
    size = Math.min(size, this.#full)
    const buffer = this.#free.get(size)?.pop()
    if (buffer === undefined) return Buffer.allocUnsafeSlow(size)
    this.#freeBytes -= size
    return buffer
  }

  /** Nobody may use it any more, the operating system included. */
  give(buffer: Buffer): void {
    const size = buffer.length
    if (size > this.#full || this.#freeBytes + size > this.#bound) return
    this.#freeBytes += size
    const list = this.#free.get(size)
    if (list === undefined) this.#free.set(size, [buffer])
    else list.push(buffer)
  }
}
