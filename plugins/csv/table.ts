/** RFC 4180: lines end with CRLF, a cell with a comma, a quote or a line break is quoted. */

/** A number as it is, `inf` for an infinite percentile, nothing where the run has no such figure. */
export type Cell = string | number | boolean | undefined
export type Columns<Row> = readonly (readonly [name: string, cell: (row: Row) => Cell])[]

export function table<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map(row => columns.map(([, cell]) => cell(row)))]
  return lines.map(cells => `${cells.map(written).join(',')}\r\n`).join('')
}

function written(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  // a spreadsheet would take it for a formula
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
