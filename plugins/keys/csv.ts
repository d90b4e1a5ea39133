import { Buffer } from 'node:buffer'
import { KeyFileError, type KeyStore } from './key-store.ts'

const LF = 10
const CR = 13
const QUOTE = 34
export const SEPARATORS = { comma: 44, semicolon: 59, tab: 9 }

/** Where in a field a byte is. */
const START = 0
const PLAIN = 1
const QUOTED = 2
/** After a quote in a quoted field: its end, or the first of two that stand for one. */
const QUOTE_IN_QUOTED = 3
/** After a CR outside of quotes: the line ends. */
const ENDING = 4

/**
 * A column of a CSV file (RFC 4180) is the keys: commas, fields in quotes where they hold commas, quotes or line ends, quotes
 * within them doubled, and as many fields in each row as in the first. By name, and the first row holds the names; or by its
 * number from 1 on, and the first row is one like the others.
 */
export class CsvReader {
  readonly #store: KeyStore
  readonly #column: string | number
  readonly #separator: number
  /** Place of the column, once it is known; while the names are read, all of the fields are wanted. */
  #wanted: number
  #names: string[] | undefined
  #fields = 0
  #field = 0
  #state = START
  /** Of the byte, of its row's first, and of the last quote that began a field. */
  #line = 1
  #rowLine = 1
  #quoteLine = 1
  #text = Buffer.alloc(256)
  #length = 0
  /** The row's field in `#text` was read to its end. */
  #key = 0

  constructor(store: KeyStore, column: string | number, separator: keyof typeof SEPARATORS = 'comma') {
    this.#store = store
    this.#column = column
    this.#separator = SEPARATORS[separator]
    this.#wanted = typeof column === 'number' ? column - 1 : -1
    this.#names = typeof column === 'string' ? [] : undefined
  }

  push(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; i++) this.#byte(chunk[i] as number)
  }

  end(): void {
    if (this.#state === QUOTED) this.#refuse(this.#quoteLine, 'a quote opens that is never closed')
    // the last row's line end may be missing
    if (this.#state !== START || this.#field > 0) this.#endRow()
    if (this.#fields === 0) throw new KeyFileError('a file with at least one key, but it is empty')
  }

  #byte(byte: number): void {
    const state = this.#state
    if (state === QUOTED) {
      if (byte === LF) this.#line++
      if (byte === QUOTE) this.#state = QUOTE_IN_QUOTED
      else this.#keep(byte)
      return
    }
    if (state === ENDING && byte !== LF)
      this.#refuse(this.#line, 'a carriage return stands outside of quotes')
    if (byte === this.#separator) {
      this.#endField()
      this.#state = START
    } else if (byte === LF) {
      this.#endRow()
      this.#rowLine = ++this.#line
    } else if (byte === CR) this.#state = ENDING
    else if (byte === QUOTE) {
      if (state === PLAIN) this.#refuse(this.#line, 'a quote stands in a field that does not begin with one')
      if (state === QUOTE_IN_QUOTED) this.#keep(QUOTE)
      else this.#quoteLine = this.#line
      this.#state = QUOTED
    } else {
      if (state === QUOTE_IN_QUOTED) this.#refuse(this.#line, 'a field goes on after its closing quote')
      this.#state = PLAIN
      this.#keep(byte)
    }
  }

  #keep(byte: number): void {
    if (this.#names === undefined && this.#field !== this.#wanted) return
    if (this.#length === this.#text.length)
      this.#text = Buffer.concat([this.#text, Buffer.alloc(this.#length)])
    this.#text[this.#length++] = byte
  }

  #endField(): void {
    if (this.#names !== undefined) {
      this.#names.push(this.#text.toString('utf8', 0, this.#length))
      this.#length = 0
    } else if (this.#field === this.#wanted) this.#key = this.#length
    this.#field++
  }

  #endRow(): void {
    this.#endField()
    const fields = this.#field
    if (this.#fields === 0) this.#begin(fields)
    if (fields !== this.#fields)
      this.#refuse(
        this.#rowLine,
        `there ${fields === 1 ? 'is 1 field' : `are ${fields} fields`}, where the first row has ${this.#fields}`,
      )
    if (this.#names === undefined) this.#store.add(this.#text, 0, this.#key, this.#rowLine)
    this.#names = undefined
    this.#field = 0
    this.#length = 0
    this.#key = 0
    this.#state = START
  }

  /** The first row is read: what the column is. */
  #begin(fields: number): void {
    this.#fields = fields
    const names = this.#names
    if (names === undefined) {
      if (this.#wanted < fields) return
      throw new KeyFileError(`a number from 1 to ${fields}, as many columns as the file has`, 'column')
    }
    this.#wanted = names.indexOf(this.#column as string)
    const listed = names.length > 10 ? `${names.slice(0, 10).join(', ')} …` : names.join(', ')
    if (this.#wanted < 0) throw new KeyFileError(`one of the file's columns: ${listed}`, 'column')
    if (names.lastIndexOf(this.#column as string) !== this.#wanted)
      throw new KeyFileError('the number of the column, since two have this name', 'column')
  }

  #refuse(line: number, why: string): never {
    throw new KeyFileError(`a CSV file, but in line ${line} ${why}`)
  }
}
