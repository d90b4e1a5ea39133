/** The bytes of a key as drivers write them: for taps that look at keys of any kind. Makes nothing on the way. */
import type { Key } from '../../core/plugin.ts'

const ASCII = 0x80
/** Digits of a safe integer. */
const MOST_DIGITS = 16

/** The key last read; one for each tap. */
export class KeyBytes {
  #scratch = Buffer.alloc(256)
  /** Of a key that is bytes they are its own: not to be kept, nor written. */
  bytes: Uint8Array = this.#scratch
  start = 0
  length = 0

  read(key: Key): void {
    this.start = 0
    if (typeof key === 'string') this.#readText(key)
    else if (typeof key === 'number') this.#readNumber(key)
    else {
      this.bytes = key
      this.length = key.length
    }
  }

  #readText(key: string): void {
    const { length } = key
    if (this.#scratch.length < 3 * length) this.#scratch = Buffer.alloc(6 * length)
    const bytes = this.#scratch
    this.bytes = bytes
    let i = 0
    // keys are short: a loop is done before a call into the runtime has begun
    for (; i < length; i++) {
      const code = key.charCodeAt(i)
      if (code >= ASCII) break
      bytes[i] = code
    }
    this.length = i === length ? length : bytes.write(key, 0)
  }

  #readNumber(key: number): void {
    if (key < 0) {
      this.#readText(String(key))
      return
    }
    const bytes = this.#scratch
    this.bytes = bytes
    let at = MOST_DIGITS
    let rest = key
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 10)) bytes[--at] = 48 + (rest % 10)
    // what fits 31 bits is divided without fractions, in a third of the time
    let small = rest | 0
    do {
      const next = (small / 10) | 0
      bytes[--at] = 48 + (small - 10 * next)
      small = next
    } while (small > 0)
    this.start = at
    this.length = MOST_DIGITS - at
  }
}
