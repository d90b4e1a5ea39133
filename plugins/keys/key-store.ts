/** The keys of a file, one after the other in memory that all threads share. */

/** Key i is from `offsets[i]` to `offsets[i + 1]` in `bytes`. */
export interface KeyList {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

/** Why keys cannot be taken from a file, in the words of a fault: what was expected of it, and where it is not so. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly option: 'path' | 'column'
  constructor(message: string, option: 'path' | 'column' = 'path') {
    super(message)
    this.option = option
  }
}

/** Bytes of a key. */
export const LONGEST = 65_536
/** Bytes of all keys, with 4 more for each: below 2^32, for the offsets. */
const MOST = 2 ** 30

export class KeyStore {
  readonly #most: number
  #bytes = new Uint8Array(new SharedArrayBuffer(2 ** 16))
  #offsets = new Uint32Array(new SharedArrayBuffer(2 ** 16))
  #length = 0
  #count = 0

  /** @param most bytes of all keys, with 4 more for each; a file of them is a long test. */
  constructor(most = MOST) {
    this.#most = most
  }

  /** Appends a key: bytes of `from`, which stand in a line of the file. @throws KeyFileError */
  add(from: Uint8Array, start: number, end: number, line: number): void {
    const length = end - start
    if (length === 0) throw new KeyFileError(`a key in each line, but line ${line} has none`)
    if (length > LONGEST)
      throw new KeyFileError(`keys of at most 64KiB, but the one in line ${line} is longer`)
    const total = this.#length + length
    const count = this.#count + 1
    if (total + 4 * count > this.#most)
      throw new KeyFileError(
        `at most 1GiB of keys, counting 4 bytes more for each, but line ${line} is beyond it: ` +
          'keep a part of the lines, or use keys.template where the keys follow a pattern',
      )
    if (total > this.#bytes.length) this.#growBytes(total)
    if (count === this.#offsets.length) this.#growOffsets()
    const bytes = this.#bytes
    for (let to = this.#length, i = start; i < end; ) bytes[to++] = from[i++] as number
    this.#offsets[count] = total
    this.#length = total
    this.#count = count
  }

  /** What was appended. What lies unused behind it was never touched, so that it takes no memory. @throws KeyFileError without a key. */
  list(): KeyList {
    if (this.#count === 0) throw new KeyFileError('a file with at least one key, but there is none in it')
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      offsets: this.#offsets.subarray(0, this.#count + 1),
    }
  }

  #growBytes(needed: number): void {
    const larger = new Uint8Array(new SharedArrayBuffer(Math.max(needed, 2 * this.#bytes.length)))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
  #growOffsets(): void {
    const larger = new Uint32Array(new SharedArrayBuffer(2 * this.#offsets.byteLength))
    larger.set(this.#offsets)
    this.#offsets = larger
  }
}
