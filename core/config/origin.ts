/** Where a value was written: a file with its line, a variable, a flag, a preset. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { yaml } from './locate.ts'

export interface Origin {
  readonly label: string
  /** The file, where it is one. */
  readonly url?: string
}

/** 'loadtest.config.json:7': with the line where it can be told for certain. */
export function describeOrigin(origin: Origin, path: string): string {
  if (origin.url === undefined) return origin.label
  try {
    const line = lineOf(fileURLToPath(origin.url), path.split('.'))
    return line === undefined ? origin.label : `${origin.label}:${line}`
  } catch {
    return origin.label // the file is gone meanwhile
  }
}

function lineOf(file: string, keys: readonly string[]): number | undefined {
  const text = readFileSync(file, 'utf8')
  if (/\.(json|ya?ml)$/.test(file))
    return lineOfData(text, file.endsWith('package.json') ? ['loadtest', ...keys] : keys)
  // a module's values have no places; a key that is written once has one, and it may hold dots itself
  const named = keys.slice(0, keys.findLastIndex(key => !/^\d+$/.test(key)) + 1)
  for (let i = 0; i < named.length; i++) {
    const key = named
      .slice(i)
      .join('.')
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const [place, another] = text.matchAll(new RegExp(`(^|[\\s{,'"])${key}['"]?\\s*:`, 'gm'))
    if (another) return undefined
    if (place) return text.slice(0, place.index + (place[1] ?? '').length).split('\n').length
  }
  return undefined
}

/** YAML contains JSON: one parser tells the lines of both. */
function lineOfData(text: string, keys: readonly string[]): number | undefined {
  const { isMap, isSeq, LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  let node: unknown = parseDocument(text, { lineCounter: lines }).contents
  let at: number | undefined
  let rest = keys
  while (rest.length > 0) {
    if (isSeq(node)) {
      node = node.items[Number(rest[0])]
      at = (node as { range?: [number] } | undefined)?.range?.[0] ?? at
      rest = rest.slice(1)
      continue
    }
    if (!isMap(node)) break
    // a key may hold dots itself (a threshold's metric); the longest that fits
    const items = node.items
    const taken = rest
      .map((_, i) => rest.slice(0, rest.length - i))
      .find(k => items.some(p => String(p.key) === k.join('.')))
    const pair = items.find(p => String(p.key) === taken?.join('.'))
    if (pair === undefined || taken === undefined) break
    at = (pair.key as { range?: [number] }).range?.[0] ?? at
    node = pair.value
    rest = rest.slice(taken.length)
  }
  return at === undefined ? undefined : lines.linePos(at).line
}
