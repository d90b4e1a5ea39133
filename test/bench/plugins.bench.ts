/**
 * ns a record of each traffic plugin: the sender with it and an empty driver, over the same sender without it. `--write` puts
 * the table into docs/PERFORMANCE.md, and the costs where the plugins' pages have them from.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { table } from '../../docs/parts.ts'
import { trafficPlugins } from '../../docs/plugin-pages.ts'
import { COSTS_FILE, type Costs, optionsText, shownNs } from './plugins/costs.ts'
import { samples, USUAL, writesValues } from './plugins/samples.ts'
import type { Figure } from './run.ts'

const PAGE = new URL('../../docs/PERFORMANCE.md', import.meta.url)
const MARKS = ['<!-- from npm run bench plugins -->', '<!-- end: bench plugins -->'] as const
const ONE = fileURLToPath(new URL('./plugins/one.ts', import.meta.url))

const PROCESSES = 5

/** ns a record that a key, or a size, is to cost at most. */
const AIMS: readonly (readonly [name: RegExp, atMost: number])[] = [
  [/^keys\.zipf$/, 80],
  [/^sizes\./, 40],
]

export async function bench(): Promise<Figure[]> {
  // `traffic` is part of every run
  const names = ['traffic', ...trafficPlugins]
  const unknown = names.filter(name => samples[name] === undefined)
  if (unknown.length > 0)
    throw new Error(`no sample for ${unknown.join(', ')}: see test/bench/plugins/samples.ts`)
  const measured = Object.fromEntries(names.filter(isMeasured).map(name => [name, nsOf(name)]))
  const usual = nsOf(...USUAL)
  if (process.argv.includes('--write')) write(measured, usual)
  const figures = Object.entries(measured).map(([name, value]): Figure => {
    const atMost = AIMS.find(([pattern]) => pattern.test(name))?.[1]
    return { name: labelOf(name), value, unit: 'ns a record', ...(atMost !== undefined && { atMost }) }
  })
  return [...figures, { name: `together: ${USUAL.join(', ')}`, value: usual, unit: 'ns a record' }]
}

function isMeasured(name: string): boolean {
  return !('free' in (samples[name] ?? {}))
}
function labelOf(name: string): string {
  return writesValues(name) ? `${name}, the whole value` : name
}

/** The median of some processes: what the compiler inlines differs from one to the next, by up to 10 ns. */
function nsOf(...names: string[]): number {
  const all = Array.from({ length: PROCESSES }, () => nsInOne(names)).sort((a, b) => a - b)
  return all[PROCESSES >> 1] as number
}
function nsInOne(names: readonly string[]): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [ONE, ...names], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${names.join(', ')}: ${stderr}`)
  return JSON.parse(stdout) as number
}

function write(measured: Readonly<Record<string, number>>, usual: number): void {
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`
  const when = `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}`
  const rounded = Object.entries(measured).map(([name, ns]) => [name, Number(ns.toFixed(1))] as const)
  const costs: Costs = { measured: when, plugins: Object.fromEntries(rounded) }
  writeFileSync(COSTS_FILE, `${JSON.stringify(costs, null, 2)}\n`)
  const rows = rounded.map(([name, ns]) => [`\`${name}\``, optionsText(name), shownNs(ns)])
  const together = [`${USUAL.map(name => `\`${name}\``).join(', ')} together`, '', shownNs(usual)]
  const text = `${when}.\n\n${table(['plugin', 'options', 'a record'], [...rows, together])}`
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = MARKS.map(mark => page.indexOf(mark)) as [number, number]
  if (from < 0 || to < from) throw new Error(`docs/PERFORMANCE.md has no ${MARKS.join(' … ')}`)
  writeFileSync(PAGE, `${page.slice(0, from + MARKS[0].length)}\n\n${text}\n\n${page.slice(to)}`)
}
