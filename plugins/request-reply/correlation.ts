/** What ties a reply to its request: `a1b2c3d4-0000002a`, the run and the record's number in hexadecimal digits. */

/** Characters of it. It is text, so that a service that reads headers as text sends it back as it came. */
export const CORRELATION_BYTES = 17
/** Requests that it can name. */
export const MOST_REQUESTS = 2 ** 31

const DIGITS = Buffer.from('0123456789abcdef')
/** Value of a hexadecimal digit by its character; 255: it is none. */
const VALUES = new Uint8Array(256).fill(255)
DIGITS.forEach((character, value) => {
  VALUES[character] = value
})
/** Characters of the run and the dash. */
const HEAD = 9

export class Correlation {
  readonly #bytes = Buffer.alloc(CORRELATION_BYTES)

  /** @param run 0 to 2^32 − 1 */
  constructor(run: number) {
    this.#bytes.write(`${run.toString(16).padStart(8, '0')}-`, 'latin1')
  }

  /** Of a record; written in place, so it is good until the next one. */
  of(index: number): Buffer {
    const bytes = this.#bytes
    let rest = index
    for (let i = CORRELATION_BYTES - 1; i >= HEAD; i--) {
      bytes[i] = DIGITS[rest & 15] as number
      rest >>>= 4
    }
    return bytes
  }

  /** The number of the record that it names; −1: it is none of this run. */
  read(bytes: Uint8Array, start: number, length: number): number {
    if (length !== CORRELATION_BYTES) return -1
    for (let i = 0; i < HEAD; i++) if (bytes[start + i] !== this.#bytes[i]) return -1
    let index = 0
    for (let i = HEAD; i < CORRELATION_BYTES; i++) {
      const digit = VALUES[bytes[start + i] as number] as number
      if (digit > 15) return -1
      index = index * 16 + digit
    }
    return index
  }
}
