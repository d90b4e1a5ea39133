/**
 * `npm run bench:peers`: the wire engine beside other clients, in records per CPU-second, each row's clients one after the other in
 * every round. Options: --rounds N (5), --seconds S (30) of each interval, --rows a,b, --all (peers without a bound too),
 * --quick (1 round of 5 s, to see that it works), --write (the tables into docs/PERFORMANCE.md). Exit 1: a bound is missed.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, lacking, versions } from './build.ts'
import type { Client } from './client.ts'
import { shown } from './contenders.ts'
import { openPlace, type Place } from './place.ts'
import type { Contender, Measured, Row } from './round.ts'
import { rows } from './rows.ts'
import { boundsTable, clientsTable, judge, MARKED, type Rounds } from './table.ts'

const PAGE = new URL('../../../docs/PERFORMANCE.md', import.meta.url)
const MARKS = ['<!-- from npm run bench:peers -->', '<!-- end: bench:peers -->'] as const

const options = readOptions()
const lack = lacking(options.all)
if (lack !== undefined) fail(lack)
build(options.all)

const began = performance.now()
const host = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`
/** Of the last minute: above a quarter of the cores something else was running. */
const load = loadavg()[0] ?? 0
console.log(`${host}; load ${load.toFixed(2)}; ${options.rounds} rounds of ${options.seconds} s`)
const commands = new Map<string, string>()
const place = await openPlace()
const stop = () => void place.close().finally(() => process.exit(130))
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
const measured = new Map<Row, Rounds>()
/** A client that failed once costs its round, not the hour. */
const failed: string[] = []
try {
  for (const row of options.rows) measured.set(row, await measureRow(row, place))
} finally {
  await place.close()
}
const text = page()
console.log(`\n${text}`)
if (options.write) writePage(text)
const missed = [...measured].some(([row, rounds]) => row.bounds.some(bound => !judge(row, bound, rounds).met))
process.exit(missed || failed.length > 0 ? 1 : 0)

async function measureRow(row: Row, place: Place): Promise<Rounds> {
  const { partitions, shared = false } = row
  const contenders = row.contenders.filter(c => options.all || !c.informational)
  const found = new Map<string, Measured[]>(contenders.map(c => [c.name, []]))
  const rounds = Math.min(options.rounds, row.rounds ?? options.rounds)
  const span = { warmup: options.quick ? 2 : 4, seconds: options.seconds }
  console.log(`\n${row.name}: ${row.work}`)
  for (let round = 1; round <= rounds; round++) {
    const attempt = async (what: string, act: () => Promise<void>) => {
      try {
        await act()
      } catch (error) {
        console.error(`  ${round}/${rounds} ${what}:`, error)
        failed.push(`${row.name}, ${what}, round ${round}`)
      }
    }
    const one = async (topic: string, { name, measure }: Contender) => {
      const show = (client: Client) => {
        commands.set(`${row.name}, ${name}`, shown(client))
      }
      const figures = await measure({ place, span, topic, quick: options.quick, show })
      found.get(name)?.push(figures)
      const told = Object.entries(figures).map(([key, value]) => `${key} ${value.toPrecision(4)}`)
      console.log(`  ${round}/${rounds} ${name.padEnd(30)} ${told.join('  ')}`)
    }
    const each = async (act: (contender: Contender) => Promise<void>) => {
      for (const contender of contenders) await attempt(contender.name, () => act(contender))
    }
    if (shared)
      await attempt('topic', () =>
        place.topic({ partitions, whole: true }, topic => each(contender => one(topic, contender))),
      )
    else await each(contender => place.topic({ partitions }, topic => one(topic, contender)))
  }
  return found
}

function page(): string {
  const minutes = ((performance.now() - began) / 60_000).toFixed(0)
  const found = Object.entries(versions(options.all)).map(([name, version]) => `${name} ${version}`)
  const rounds = options.rounds === 1 ? 'One round' : `Medians of ${options.rounds} rounds`
  const busy = load > cpus().length / 4
  const weight = options.quick || busy ? ' **A trial: these figures have no weight.**' : ''
  const when = `${new Date().toISOString().slice(0, 10)}, ${minutes} min; ${host}; load ${load.toFixed(2)} before it began`
  return [
    `${rounds} of ${options.seconds} s, ${when}.${weight}`,
    found.join(', '),
    boundsTable(measured),
    'Every client, medians; latencies are p99 in ms:',
    clientsTable(measured),
    MARKED,
    ...(failed.length > 0 ? [`Measurements that failed, and are missing above: ${failed.join('; ')}.`] : []),
    'Settings, as the clients were started:',
    [...commands].map(([name, command]) => `- ${name}: \`${command}\``).join('\n'),
  ].join('\n\n')
}

function writePage(text: string): void {
  const [begin, end] = MARKS
  const old = readFileSync(PAGE, 'utf8')
  const [from, to] = [old.indexOf(begin), old.indexOf(end)]
  if (from < 0 || to < from) fail(`docs/PERFORMANCE.md has no ${begin} … ${end}`)
  writeFileSync(PAGE, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`)
  execFileSync('npx', ['biome', 'format', '--write', fileURLToPath(PAGE)], { stdio: 'inherit' })
}

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parse({ rounds: text, seconds: text, rows: text, all: flag, quick: flag, write: flag })
  const { all, quick, write } = values
  const whole = (name: 'rounds' | 'seconds', value: string) => {
    const n = Number(value)
    if (!Number.isSafeInteger(n) || n < 1) fail(`--${name} ${value}: expected a whole number from 1`)
    return n
  }
  const names = values.rows?.split(',') ?? rows.map(row => row.name)
  const unknown = names.find(name => !rows.some(row => row.name === name))
  if (unknown !== undefined)
    fail(`--rows: there is no ${unknown}; there are ${rows.map(row => row.name).join(', ')}`)
  if (write && values.rows !== undefined) fail('--write is for all rows: the page has the whole table')
  return {
    ...{ all, quick, write },
    rounds: whole('rounds', values.rounds ?? (quick ? '1' : '5')),
    seconds: whole('seconds', values.seconds ?? (quick ? '5' : '30')),
    rows: rows.filter(row => names.includes(row.name)),
  }
}
function parse<T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(options: T) {
  try {
    return parseArgs({ options: options as NonNullable<T> })
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}
function fail(why: string): never {
  console.error(why)
  process.exit(2)
}
