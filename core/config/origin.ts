/** Where a value was written: a file with its line, a variable, a flag, a preset. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { yaml } from './locate.ts'

export interface Origin {
  readonly label: string
  /** The file, where it is one. */
  readonly url?: string
  /** It is a preset. */
  readonly preset?: boolean
}

/** 'loadtest.config.json:7': with the line where it can be told for certain. */
export function describeOrigin(origin: Origin, path: string): string {
  if (origin.url === undefined) return origin.label
  try {
    const line = lineOf(fileURLToPath(origin.url), path)
    return line === undefined ? origin.label : `${origin.label}:${line}`
  } catch {
    return origin.label // the file is gone meanwhile
  }
}

function lineOf(file: string, path: string): number | undefined {
  const text = readFileSync(file, 'utf8')
  if (/\.(json|ya?ml)$/.test(file))
    return lineOfData(text, file.endsWith('package.json') ? `loadtest.${path}` : path)
  // a module's values have no places; a key that is written once has one, and it may hold dots itself
  for (let name = path.replace(/(\.\d+)+$/, ''); name !== ''; name = name.replace(/^[^.]*\.?/, '')) {
    const key = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const [place, another] = text.matchAll(new RegExp(`(^|[\\s{,'"])${key}['"]?\\s*:`, 'gm'))
    if (another) return undefined
    if (place) return text.slice(0, place.index + (place[1] ?? '').length).split('\n').length
  }
  return undefined
}

/** YAML contains JSON: one parser tells the lines of both. */
function lineOfData(text: string, path: string): number | undefined {
  const { isMap, isSeq, LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  let node: unknown = parseDocument(text, { lineCounter: lines }).contents
  let at: number | undefined
  for (let rest = path; rest !== ''; ) {
    const pairs = isMap(node) ? node.items.map(p => [String(p.key), p.key, p.value] as const) : []
    const items = isSeq(node) ? node.items.map((item, i) => [String(i), item, item] as const) : pairs
    // a key may hold dots itself (a threshold's metric): the longest that fits
    const [found] = items
      .filter(([key]) => `${rest}.`.startsWith(`${key}.`))
      .sort(([a], [b]) => b.length - a.length)
    if (found === undefined) break
    const [key, place, value] = found
    at = (place as { range?: [number] } | null)?.range?.[0] ?? at
    node = value
    rest = rest.slice(key.length + 1)
  }
  return at === undefined ? undefined : lines.linePos(at).line
}
