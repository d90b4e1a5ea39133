/** Writes what the pages have from the code, between their markers: `node docs/generate.ts`. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs'
import { presetRows } from '../core/cli/presets.ts'
import { type Option, options } from '../core/config/options.ts'
import { handlers } from '../plugins/broker/api/table.ts'
import { seriesColumns, summaryColumns } from '../plugins/csv/columns.ts'
import { CASES, failures } from '../plugins/drivers/kafkajs/conformity.ts'
import { differences } from '../test/compat/truth/differences.ts'
import { parted, table } from './parts.ts'
import { planPage, pluginPages } from './plugin-pages.ts'

/** By page, then by the marker's name. */
const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'configuration.md': {
    'run options': () => optionsTable(options.filter(o => !o.stream)),
    'stream options': () => optionsTable(options.filter(o => o.stream)),
  },
  'drivers.md': { 'what kafkajs fails': kafkajsFailures },
  'embedded-broker.md': { APIs: apiTable, differences: differencesList },
  'presets.md': { presets: presetsTable },
  'result.md': {
    'summary.csv': () => names(summaryColumns),
    'series.csv': () => names(seriesColumns),
  },
}

/** The page as the code has it. */
export function generated(page: string, text: string): string {
  const made = Object.entries(parts[page] ?? {}).map(([name, part]) => [name, part()] as const)
  return parted(page, text, Object.fromEntries(made))
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

const presets = await presetRows()
function presetsTable(): string {
  const rows = presets.map(({ name, about, length, load, needs }) => [
    `\`${name}\``,
    about,
    length,
    load,
    needs,
  ])
  return table(['preset', 'for', 'takes', 'load', 'needs'], rows)
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

/** What takes a run of Node's own: examples in TypeScript are imported as users' configurations are. */
async function planned(): Promise<Map<string, string>> {
  const { pages: all, missing } = await pluginPages()
  for (const what of missing) console.error(what)
  if (missing.length > 0) process.exitCode = 1
  return all.set('plan.md', await planPage(read('plan.md')))
}

/** `--check` writes nothing, and names the pages that are not what the code says: exit 1. */
if (import.meta.main) {
  const all = new Map([
    ...pages.map(page => [page, generated(page, read(page))] as const),
    ...(await planned()),
  ])
  for (const [page, text] of all) {
    if (text === read(page)) continue
    if (process.argv.includes('--check')) {
      console.error(`docs/${page} is not what the code says: node docs/generate.ts`)
      process.exitCode = 1
    } else writeFileSync(fileOf(page), text)
  }
}
function fileOf(page: string): URL {
  return new URL(page, import.meta.url)
}
function read(page: string): string {
  return readFileSync(fileOf(page), 'utf8')
}
