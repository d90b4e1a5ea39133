/** What the pages of the traffic plugins have from the code: options, a picture by `loadtest plan`, and what a record costs. */
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Section } from '../core/cli/plan/draw.ts'
import { planText } from '../core/cli/plan.ts'
import type { PluginValue } from '../core/define.ts'
import { catalog } from '../presets/default.ts'
import { costText } from '../test/bench/plugins/costs.ts'
import { optionRows, type Shape } from './options-table.ts'
import { parted, table } from './parts.ts'

const folder = fileURLToPath(new URL('./plugins', import.meta.url))

/** Of the catalog: these make no traffic, but figures of it, and their pages have nothing from the code. */
const reports = ['drift', 'lag', 'rebalances', 'traffic']
const others = ['broker', 'console', 'csv', 'json', 'kafkajs', 'wire', ...reports]
/** All others make traffic, and have a page each. */
export const trafficPlugins: readonly string[] = Object.keys(catalog).filter(name => !others.includes(name))
/** Plugins that have a page. */
export const pages: readonly string[] = globSync('*.md', { cwd: folder })
  .map(file => basename(file, '.md'))
  .filter(name => name !== 'README')
  .sort()
export const trafficPages = pages.filter(name => !reports.includes(name))

/** What a plugin's page shows of the plan of its example, by the first part of its name. */
const rooms: Readonly<Record<string, { readonly title: string; readonly shows: readonly Section[] }>> = {
  load: { title: 'Load: how the rate changes', shows: ['records', 'rate'] },
  arrivals: { title: 'Arrivals: when records come within that', shows: ['records', 'rate'] },
  keys: { title: 'Keys', shows: ['keys'] },
  partitions: { title: 'Partitions', shows: ['partitions'] },
  sizes: { title: 'Sizes', shows: ['sizes'] },
  values: { title: 'Values', shows: ['sizes', 'values'] },
  headers: { title: 'Headers', shows: ['headers'] },
  transactions: { title: 'Transactions', shows: ['records', 'transactions'] },
  'consume-transform-produce': { title: 'Transactions', shows: ['records', 'transactions'] },
  consumers: { title: 'Consumers', shows: ['records', 'consumers'] },
  'request-reply': { title: 'Request and reply', shows: ['records', 'headers'] },
  echo: { title: 'Request and reply', shows: ['records', 'headers'] },
  reports: { title: 'What is found out of it', shows: [] },
}
/** Characters of a sentence. */
const LONG = 110
const roomOf = (name: string) => name.split('.')[0] as string

export function pageOf(name: string): string {
  return readFileSync(join(folder, `${name}.md`), 'utf8')
}

/** The page's example: the first block of code below its heading. */
export function exampleOf(name: string): { readonly ending: 'yaml' | 'ts'; readonly code: string } {
  const [, ending, code] = /^## Example\n[^#]*?^```(yaml|ts)\n([\s\S]*?)^```$/m.exec(pageOf(name)) ?? []
  if (code === undefined) throw new Error(`docs/plugins/${name}.md has no example in yaml or ts`)
  return { ending: ending as 'yaml' | 'ts', code }
}

/** Puts all examples where they can be run, the files they name beside them: `<name>.config.yaml`. */
export function placeExamples(names: readonly string[], into: string): Map<string, string> {
  if (existsSync(join(folder, 'files')))
    cpSync(join(folder, 'files'), join(into, 'files'), { recursive: true })
  return new Map(
    names.map(name => {
      const { ending, code } = exampleOf(name)
      const file = `${name}.config.${ending}`
      writeFileSync(join(into, file), code)
      return [name, file]
    }),
  )
}

/** Every page as the code has it, and what is missing in the code for that. */
export async function pluginPages(): Promise<{ pages: Map<string, string>; missing: string[] }> {
  const missing: string[] = []
  const made = new Map<string, string>()
  const there = trafficPlugins.filter(name => pages.includes(name))
  const cwd = mkdtempSync(join(tmpdir(), 'loadtest-pages-'))
  try {
    const files = placeExamples(there, cwd)
    for (const name of there) {
      const tell = (what: string) => void missing.push(`${name}: ${what}`)
      const parts = {
        options: await optionsPart(name, tell),
        plan: await planPart(name, files.get(name) as string, cwd).catch(error => {
          tell(`its example has no plan: ${String(error)}`)
          return ''
        }),
        cost: costText(name),
      }
      made.set(`plugins/${name}.md`, parted(`plugins/${name}.md`, pageOf(name), parts))
    }
    made.set('plugins/README.md', parted('plugins/README.md', pageOf('README'), { plugins: index() }))
  } finally {
    rmSync(cwd, { recursive: true })
  }
  return { pages: made, missing }
}

async function optionsPart(name: string, missing: (what: string) => void): Promise<string> {
  const factory = (await catalog[name]?.()) as () => PluginValue
  const { schema } = factory()
  if (schema === undefined) return 'It takes none.'
  // a schema is loaded when it is first asked
  await schema['~standard'].validate({})
  const { shape } = Object(schema) as { shape?: Shape }
  if (shape === undefined) {
    missing('its schema has no shape: export Object.assign(schema, { shape })')
    return ''
  }
  return table(['option', 'takes', 'default', 'what it is'], optionRows(shape, missing))
}

async function planPart(name: string, file: string, cwd: string): Promise<string> {
  const { shows } = rooms[roomOf(name)] ?? {}
  if (shows === undefined) throw new Error('it has no place in docs/plugin-pages.ts')
  const text = await drawn(join(cwd, file), cwd, shows)
  if (text === '') throw new Error(`${shows.join(', ')}: nothing to draw`)
  return `\`\`\`\n${text}\n\`\`\``
}

/** docs/plan.md: the plan of its example. */
export async function planPage(text: string): Promise<string> {
  const cwd = fileURLToPath(new URL('./examples', import.meta.url))
  const plan = await drawn(join(cwd, 'traffic.config.yaml'), cwd)
  return parted('plan.md', text, { plan: `\`\`\`\n$ loadtest plan\n${plan}\n\`\`\`` })
}

/** As on a screen of 80 columns; what shows the time shows the same one always. */
async function drawn(file: string, cwd: string, sections?: readonly Section[]): Promise<string> {
  const { now } = Date
  Date.now = () => Date.UTC(2026, 0, 1, 12)
  try {
    const source = { file, cwd, env: {}, command: 'plan' }
    return await planText(source, { columns: 80, colors: false, ...(sections && { sections }) })
  } finally {
    Date.now = now
  }
}

/** All pages by what they are about, each with the first sentence of its page. */
function index(): string {
  const titleOf = (name: string) => rooms[reports.includes(name) ? 'reports' : roomOf(name)]?.title
  return [...new Set(Object.values(rooms).map(room => room.title))]
    .map(title => {
      const own = pages.filter(name => titleOf(name) === title)
      const rows = own.map(name => [`[${name}](${name}.md)`, firstSentence(name)])
      return rows.length === 0 ? '' : `## ${title}\n\n${table(['plugin', 'what it does'], rows)}`
    })
    .filter(part => part !== '')
    .join('\n\n')
}
/** Up to its colon where it is a long one. */
function firstSentence(name: string): string {
  const [, paragraph = ''] = /^# .*\n\n([\s\S]*?)\n\n/.exec(pageOf(name)) ?? []
  const line = paragraph.replace(/\n/g, ' ')
  const [sentence = ''] = /^.*?(?=\.(?: |$))/.exec(line) ?? []
  return sentence.length > LONG ? (sentence.split(': ')[0] as string) : sentence
}
