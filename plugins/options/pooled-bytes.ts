/**
 * Where texts of many lengths are written one after the other, backwards, without making anything: each ends where the buffer
 * ends, and there is one view for each length, made when it is first needed.
 */
export class PooledBytes {
  readonly #bytes: Uint8Array
  readonly #views: (Uint8Array | undefined)[]
  /** Where the text begins so far. */
  #start: number

  constructor(longest: number) {
    this.#bytes = new Uint8Array(longest)
    this.#views = Array.from({ length: longest + 1 })
    this.#start = longest
  }

  /** From here on a text is written. */
  begin(): void {
    this.#start = this.#bytes.length
  }
  /** Puts a part of other bytes before what is written so far. */
  prepend(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes
    const length = end - start
    const at = this.#start - length
    // upwards, from 0: counted the other way round it takes three times as long
    for (let i = 0; i < length; i++) bytes[at + i] = from[start + i] as number
    this.#start = at
  }
  /** Puts a whole number before what is written so far, with leading zeros up to `width` digits. */
  prependDigits(value: number, width: number): void {
    const bytes = this.#bytes
    const end = this.#start
    let at = end
    // what fits 31 bits is divided without fractions, in a third of the time
    let rest = value
    while (rest > 0x7fff_ffff) {
      const next = Math.floor(rest / 10)
      bytes[--at] = 48 + (rest - 10 * next)
      rest = next
    }
    let small = rest | 0
    do {
      const next = (small / 10) | 0
      bytes[--at] = 48 + (small - 10 * next)
      small = next
    } while (small > 0)
    for (const start = end - width; at > start; ) bytes[--at] = 48
    this.#start = at
  }
  /** What is written, until the next `begin`. */
  written(): Uint8Array {
    const start = this.#start
    return (this.#views[start] ??= this.#bytes.subarray(start))
  }
}
