import { Buffer } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import { CsvReader, type SEPARATORS } from './csv.ts'
import { KeyFileError, type KeyList, KeyStore } from './key-store.ts'
import { LineReader } from './lines.ts'

const CHUNK = 2 ** 18
/** UTF-8's byte order mark: no part of the first key. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** All keys of a file: its lines, or a column of it. Read in chunks, of which the keys alone are kept. @throws KeyFileError */
export function readKeys(
  file: string,
  column: string | number | undefined,
  separator: keyof typeof SEPARATORS | undefined,
): KeyList {
  const store = new KeyStore()
  const reader = column === undefined ? new LineReader(store) : new CsvReader(store, column, separator)
  try {
    const open = openSync(file, 'r')
    try {
      const chunk = Buffer.alloc(CHUNK)
      let begun = false
      for (let length = readSync(open, chunk); length > 0; length = readSync(open, chunk)) {
        const marked = !begun && chunk.subarray(0, Math.min(3, length)).equals(MARK)
        begun = true
        reader.push(chunk.subarray(marked ? MARK.length : 0, length))
      }
    } finally {
      closeSync(open)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const why = code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`
    throw new KeyFileError(`the path of a file, but ${why}`)
  }
  reader.end()
  return store.list()
}
