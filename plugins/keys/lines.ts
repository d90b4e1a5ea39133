import { Buffer } from 'node:buffer'
import { type KeyStore, LONGEST } from './key-store.ts'

const LF = 10
const CR = 13

/** Every line of a file is a key, as it stands. Lines end with LF or CRLF; the last one need not. */
export class LineReader {
  readonly #store: KeyStore
  #line = 1
  /** The beginning of a line that goes on in the next chunk. */
  #rest = Buffer.alloc(0)

  constructor(store: KeyStore) {
    this.#store = store
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      if (this.#rest.length === 0) this.#add(chunk, start, end)
      else {
        const line = Buffer.concat([this.#rest, chunk.subarray(start, end)])
        this.#rest = Buffer.alloc(0)
        this.#add(line, 0, line.length)
      }
      start = end + 1
    }
    // a copy: the chunk is read into again
    if (start < chunk.length) this.#rest = Buffer.concat([this.#rest, chunk.subarray(start)])
    // a file without lines is refused at once, and not when all of it was read; one byte more may be a CR
    if (this.#rest.length > LONGEST + 1) this.end()
  }

  end(): void {
    if (this.#rest.length > 0) this.#add(this.#rest, 0, this.#rest.length)
  }

  #add(from: Buffer, start: number, end: number): void {
    this.#store.add(from, start, from[end - 1] === CR && end > start ? end - 1 : end, this.#line++)
  }
}
