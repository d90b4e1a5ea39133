/** What documents are filled with, by chance. */
import type { Random } from '../../../core/plugin.ts'
import { createWords, type Words } from '../words.ts'

/** Calls within each other from which on what may be left out is left out: schemas may contain themselves. */
export const DEEP = 4
/** Calls within each other that no document needs. */
export const TOO_DEEP = 64

/** ms: 2026-01-01; documents are the same whatever the day. */
export const TODAY = 1_767_225_600_000
export const DAY_MS = 86_400_000
const YEARS_MS = 6 * 365 * DAY_MS

export class Draws {
  readonly #random: Random
  readonly #words: Words

  /** `of(purpose)`: as `stream.random`. */
  constructor(of: (purpose: string) => Random) {
    this.#random = of('document')
    this.#words = createWords(of('vocabulary'))
  }
  /** From here on it draws for this document. */
  begin(document: number): void {
    this.#random.seek(document)
  }
  /** 0 ≤ … < 1. */
  fraction(): number {
    return this.#random.float()
  }
  /** Both included. */
  between(low: number, high: number): number {
    return low + this.#random.int(high - low + 1)
  }
  chance(share: number): boolean {
    return this.#random.float() < share
  }
  pick<T>(list: readonly T[]): T {
    return list[this.#random.int(list.length)] as T
  }
  /** Of 1 to `most` digits, each length as often. */
  digits(most: number): number {
    return this.#random.int(10 ** this.between(1, most))
  }
  word(): string {
    return this.#words.word(this.#random)
  }
  /** Some words. */
  phrase(): string {
    return Array.from({ length: this.between(1, 4) }, () => this.word()).join(' ')
  }
  text(characters: number): string {
    return this.#words.text(this.#random, characters)
  }
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#random.int(256)))
  }
  /** A time in ms, within the six years before `TODAY`. */
  time(): number {
    return TODAY - this.#random.int(YEARS_MS)
  }
  uuid(): string {
    const b = this.bytes(16)
    b[6] = ((b[6] as number) & 15) | 0x40
    b[8] = ((b[8] as number) & 63) | 0x80
    return b.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}
