import type { ResultData } from '../../core/plugin.ts'

/** Rows of these stand on a line each: a diff of two runs names the second, and an hour's series stays readable. */
const ROWS: ReadonlySet<string> = new Set(['series', 'events'])

/** The result as JSON, two spaces deep. */
export function document(result: ResultData): string {
  const fields = Object.entries(result).map(([name, value]) => {
    const rows = ROWS.has(name) && Array.isArray(value) && value.length > 0
    const text = rows
      ? `[\n${value.map(row => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]`
      : JSON.stringify(value, null, 2)?.replaceAll('\n', '\n  ')
    return text === undefined ? undefined : `  ${JSON.stringify(name)}: ${text}`
  })
  return `{\n${fields.filter(field => field !== undefined).join(',\n')}\n}\n`
}
