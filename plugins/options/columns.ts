/** Numbers out of the columns of a CSV file, read whole before traffic begins. What is wrong is told with file and line. */
import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

/** A column: by its name in the first line, or by its number from 1. */
export interface Column {
  readonly column: string | number
  /** Of each cell, as faults say it: 'a time in seconds'. */
  readonly expected: string
  /** undefined: it is none. */
  readonly read: (cell: string) => number | undefined
  /** Its numbers never fall from line to line. */
  readonly rising?: boolean
}
/** Says what was expected of the file, in one line. */
export class FileFault extends Error {
  override readonly name = 'FileFault'
}

/** Rows of a file; each number takes 8 bytes, once for all threads. */
const MOST_ROWS = 50_000_000
/** Characters; a file of other kinds has no lines to speak of. */
const LONGEST = 1 << 20

/**
 * Columns as they are in the file, in memory that threads share. Cells are separated by tabs, semicolons or commas, whichever
 * of them the first line has; they may be quoted. Blank lines are passed over, and so is a first line of names: none of its cells
 * that are wanted begins as a number does.
 * @throws FileFault
 */
export function readColumns(path: string, columns: readonly Column[]): Float64Array<SharedArrayBuffer>[] {
  const named = columns.some(c => typeof c.column === 'string')
  let separator: string | undefined
  let places: number[] = []
  let width = 0
  let rows = 0
  let line = 0
  let values = columns.map(() => new Float64Array(1024))
  for (const text of linesOf(path)) {
    line++
    if (text.trim() === '') continue
    const first = separator === undefined
    separator ??= ['\t', ';', ','].find(s => text.includes(s)) ?? ','
    const cells = cellsOf(text, separator)
    if (cells === undefined)
      throw new FileFault(`expected quotes around whole cells, closed on their line, in ${path}:${line}`)
    if (first) {
      width = cells.length
      places = columns.map(({ column }) => placeOf(column, cells, path))
      if (named || places.every(place => !/^\s*[-+.\d]/.test(cells[place] ?? ''))) continue
    }
    if (cells.length !== width)
      throw new FileFault(
        `expected ${width} cells as in the first line, not ${cells.length}, in ${path}:${line}`,
      )
    if (rows === MOST_ROWS) throw new FileFault(`expected at most ${MOST_ROWS} rows in ${path}`)
    if (rows === values[0]?.length)
      values = values.map(all => {
        const larger = new Float64Array(2 * rows)
        larger.set(all)
        return larger
      })
    for (const [i, column] of columns.entries()) {
      const value = numberOf(column, cells, places[i])
      if (value === undefined) throw malformed(column, cells[places[i] as number], `${path}:${line}`)
      const all = values[i] as Float64Array
      if (column.rising && value < (all[rows - 1] as number)) {
        const expected = 'no earlier time than on the line before'
        throw malformed({ ...column, expected }, cells[places[i] as number], `${path}:${line}`)
      }
      all[rows] = value
    }
    rows++
  }
  if (rows === 0) throw new FileFault(`expected a file with rows, but ${path} has none`)
  return values.map(all => {
    const shared = new Float64Array(new SharedArrayBuffer(rows * 8))
    shared.set(all.subarray(0, rows))
    return shared
  })
}

function numberOf({ read }: Column, cells: readonly string[], place: number | undefined): number | undefined {
  const cell = cells[place as number]?.trim()
  return cell === undefined || cell === '' ? undefined : read(cell)
}
function malformed({ expected, column }: Column, cell: string | undefined, where: string): FileFault {
  const found = cell === undefined ? 'a line without such a column' : JSON.stringify(cell.trim().slice(0, 40))
  return new FileFault(`expected ${expected} in column ${column} of ${where}, not ${found}`)
}
function placeOf(column: string | number, cells: readonly string[], path: string): number {
  if (typeof column === 'number') return column - 1
  const names = cells.map(cell => cell.trim())
  const place = names.indexOf(column)
  if (place >= 0) return place
  throw new FileFault(
    `expected a column ${column} in the first line of ${path}, which has ${names.join(', ')}`,
  )
}

/** undefined: a quote that neither begins nor ends a cell, or that nothing closes. */
function cellsOf(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator)
  const cells: string[] = []
  for (let at = 0; ; ) {
    const rest = line.slice(at)
    const [all = '', quoted] = /^ *"((?:[^"]|"")*)"[ \r]*/.exec(rest) ?? []
    const length = quoted === undefined ? rest.split(separator, 1)[0]?.length : all.length
    const cell = quoted === undefined ? rest.slice(0, length) : quoted.replaceAll('""', '"')
    const next = at + (length ?? 0)
    const closed = next === line.length || line[next] === separator
    if (!closed || (quoted === undefined && cell.includes('"'))) return undefined
    cells.push(cell)
    if (next === line.length) return cells
    at = next + 1
  }
}

function* linesOf(path: string): Generator<string> {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const chunk = Buffer.allocUnsafe(1 << 20)
    const decoder = new StringDecoder('utf8')
    // what some programs put before the text, to say that it is UTF-8
    let rest = ''
    let begun = false
    for (let bytes = -1; bytes !== 0; ) {
      bytes = readSync(file, chunk)
      let text = rest + (bytes > 0 ? decoder.write(chunk.subarray(0, bytes)) : decoder.end())
      if (!begun) text = text.replace(/^\uFEFF/, '')
      begun = true
      const lines = text.split('\n')
      rest = (bytes > 0 && lines.pop()) || ''
      if (rest.length > LONGEST) throw new FileFault(`expected lines of at most 1 MiB in ${path}`)
      yield* lines
    }
  } catch (error) {
    throw faultOf(error, path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
function faultOf(error: unknown, path: string): unknown {
  const { code } = Object(error) as { code?: string }
  if (code === 'ENOENT') return new FileFault(`expected a file that is there: ${path}`)
  if (code === 'EISDIR') return new FileFault(`expected a file, but ${path} is a folder`)
  return code === undefined ? error : new FileFault(`expected a file that can be read: ${path} (${code})`)
}
