/** Writes what the pages have from the code, between their markers: `node docs/generate.ts`. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Option, options } from '../core/config/options.ts'
import { handlers } from '../plugins/broker/api/table.ts'
import { seriesColumns, summaryColumns } from '../plugins/csv/columns.ts'
import { CASES, failures } from '../plugins/drivers/kafkajs/conformity.ts'
import { differences } from '../test/compat/truth/differences.ts'

/** By page, then by the marker's name. */
const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'configuration.md': {
    'run options': () => optionsTable(options.filter(o => !o.stream)),
    'stream options': () => optionsTable(options.filter(o => o.stream)),
  },
  'drivers.md': { 'what kafkajs fails': kafkajsFailures },
  'embedded-broker.md': { APIs: apiTable, differences: differencesList },
  'result.md': {
    'summary.csv': () => names(summaryColumns),
    'series.csv': () => names(seriesColumns),
  },
}

/** The page as the code has it. */
export function generated(page: string, text: string): string {
  let all = text
  for (const [name, part] of Object.entries(parts[page] ?? {})) {
    const [begin, end] = [`<!-- from the code: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [all.indexOf(begin), all.indexOf(end)]
    if (from < 0 || to < from)
      throw new Error(`docs/${page} has no place for ${name}: write ${begin} and ${end}`)
    all = `${all.slice(0, from + begin.length)}\n\n${part()}\n\n${all.slice(to)}`
  }
  return all
}
export const pages = Object.keys(parts)

function optionsTable(list: readonly Option[]): string {
  const rows = list.map(({ path, kind, default: value, about }) => {
    // an empty list or object is none; what a duration and a size look like is said once, above the table
    const [shown, takes] = [
      String(value ?? '').replace('[object Object]', ''),
      kind.expected.replace(/, such as .*$/, ''),
    ]
    return [`\`${path}\``, takes, shown && `\`${shown}\``, about]
  })
  return table(['option', 'takes', 'default', 'what it is'], rows)
}

function apiTable(): string {
  const apis = [...handlers.values()].map(h => h.api).sort((a, b) => a.key - b.key)
  return table(
    ['API', 'key', 'versions'],
    apis.map(({ name, key, min, max }) => [name, String(key), `${min} to ${max}`]),
  )
}

function differencesList(): string {
  return table(['API', 'difference'], byReason(differences.map(({ api, reason }) => [api, reason])))
}

function kafkajsFailures(): string {
  const reasons = byReason(Object.entries(failures).map(([name, reason]) => [`\`${name}\``, reason]))
  const lines = reasons.map(([names, reason]) => `- ${names}: ${reason}`)
  return `${Object.keys(failures).length} of ${CASES}:\n\n${lines.join('\n')}`
}

/** Each reason once, with all that it is about before it. */
function byReason(pairs: readonly (readonly [about: string, reason: string])[]): string[][] {
  const all = new Map<string, Set<string>>()
  for (const [about, reason] of pairs) all.set(reason, (all.get(reason) ?? new Set()).add(about))
  return [...all].map(([reason, about]) => [[...about].join(', '), reason])
}

function names(columns: readonly (readonly [name: string, ...rest: unknown[]])[]): string {
  return columns.map(([name]) => `\`${name}\``).join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map(cells => cells.map(cell => cell.replace(/[|<]/g, '\\$&')))
  const widths = head.map((_, i) => Math.max(...all.map(cells => cells[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((c, i) => c.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [first = [], ...others] = all
  return [line(first), line(widths.map(width => '-'.repeat(width))), ...others.map(line)].join('\n')
}

if (import.meta.main) {
  for (const page of pages) {
    const file = new URL(page, import.meta.url)
    writeFileSync(file, generated(page, readFileSync(file, 'utf8')))
  }
}
