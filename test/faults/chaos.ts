/**
 * `npm run test:chaos [plain|idempotent] [SIGKILL|SIGSTOP]`: the wire driver under the deaths of real brokers. Three of them, replication factor 3,
 * acks=all, 5,000 records/s for 90 s, ten times one broker is killed (or stopped) and brought back. Then kcat reads back what is there,
 * and each record is compared with what the run said of it. Exit 1 when an acked record is lost, more than 1 % are unknown, or
 * an idempotent producer's are doubled or out of order.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missing, runJavaTool } from '../compat/java.ts'
import { type BrokerId, type RealCluster, startCluster } from './cluster.ts'

const RATE = 5000
const SECONDS = 90
const DEATHS = 10
const DOWN_MS = 3500
const MOST_UNKNOWN = 0.01

type State = 'acked' | 'failed' | 'unknown'

const [mode = 'idempotent', signal = 'SIGKILL'] = process.argv.slice(2)
if (!['plain', 'idempotent'].includes(mode) || (signal !== 'SIGKILL' && signal !== 'SIGSTOP')) {
  console.error('usage: npm run test:chaos [plain|idempotent] [SIGKILL|SIGSTOP]')
  process.exit(2)
}
const lack = missing()
if (lack !== undefined) {
  console.error(`${lack}: this needs Java 17 or newer, Maven to fetch Kafka, and kcat`)
  process.exit(2)
}

const topic = `chaos-${mode}`
const directory = mkdtempSync(join(tmpdir(), 'chaos-'))
const cluster = await startCluster()
try {
  const counts = ['--partitions', '6', '--replication-factor', '3', '--config', 'min.insync.replicas=2']
  await runJavaTool('org.apache.kafka.tools.TopicCommand', [
    ...['--bootstrap-server', cluster.addresses, '--create', '--topic', topic, ...counts],
  ])
  const outcomes = join(directory, 'outcomes')
  const run = load(outcomes)
  await deaths(cluster, run)
  const code = await run
  console.log(`the run ended with ${code}`)
  process.exitCode = judge(outcomesIn(outcomes), readBack())
} finally {
  await cluster.stop()
  rmSync(directory, { recursive: true, force: true })
}

function load(outcomes: string): Promise<number | null> {
  const bin = new URL('../../core/cli/loadtest.js', import.meta.url).pathname
  const config = new URL('./chaos.config.ts', import.meta.url).pathname
  const args = [
    '--brokers',
    cluster.addresses,
    '--topic',
    topic,
    '--rate',
    `${RATE}/s`,
    '--duration',
    `${SECONDS}s`,
  ]
  const child = spawn(process.execPath, [bin, 'run', '--config', config, ...args, '--allow-tainted'], {
    cwd: directory,
    env: {
      ...process.env,
      CHAOS_OUTCOMES: outcomes,
      CHAOS_IDEMPOTENT: mode === 'idempotent' ? '1' : '0',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise(resolve => child.once('exit', resolve))
}

async function deaths({ brokers, kill, revive, inSync }: RealCluster, run: Promise<unknown>): Promise<void> {
  let over = false
  void run.then(() => {
    over = true
  })
  const begun = performance.now()
  for (let n = 0; n < DEATHS && !over; n++) {
    await sleep(Math.max(0, begun + 2000 + (n * (SECONDS - 4) * 1000) / DEATHS - performance.now()))
    const id = brokers[n % brokers.length] as BrokerId
    kill(id, signal as 'SIGKILL' | 'SIGSTOP')
    await sleep(DOWN_MS)
    revive(id)
    // the next death while this one's replicas are behind would be one too many
    await inSync(topic, brokers.length)
  }
}

interface Outcome {
  readonly state: State
  readonly error: string
  readonly at: number
}

function outcomesIn(file: string): ReadonlyMap<number, Outcome> {
  const found = new Map<number, Outcome>()
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [index, state, error = '', at] = line.split(' ')
    if (found.has(Number(index))) throw new Error(`record ${index} ended twice`)
    found.set(Number(index), { state: state as State, error, at: Number(at) })
  }
  return found
}

/** The numbers of the records in each partition, in the order of the log. */
function readBack(): readonly (readonly number[])[] {
  const args = ['-b', cluster.addresses, '-C', '-t', topic, '-e', '-q', '-f', '%p %k\n']
  const text = execFileSync('kcat', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  const partitions: number[][] = []
  for (const line of text.trimEnd().split('\n')) {
    const [partition, index] = line.split(' ').map(Number)
    ;(partitions[partition!] ??= []).push(index!)
  }
  return partitions
}

function judge(outcomes: ReadonlyMap<number, Outcome>, partitions: readonly (readonly number[])[]): number {
  const times = new Map<number, number>()
  let reordered = 0
  for (const partition of partitions) {
    let highest = -1
    for (const index of partition ?? []) {
      const before = times.get(index) ?? 0
      times.set(index, before + 1)
      if (before === 0 && index < highest) reordered++
      highest = Math.max(highest, index)
    }
  }
  const count = { acked: 0, failed: 0, unknown: 0 }
  const written = { acked: 0, failed: 0, unknown: 0 }
  const errors = new Map<string, number>()
  for (const [index, { state, error }] of outcomes) {
    count[state]++
    if (times.has(index)) written[state]++
    if (error !== '') errors.set(`${state} ${error}`, (errors.get(`${state} ${error}`) ?? 0) + 1)
  }
  const doubled = [...times.values()].reduce((sum, each) => sum + each - 1, 0)
  const acks = [...outcomes.values()].filter(each => each.state === 'acked').map(each => each.at)
  acks.sort((a, b) => a - b)
  const gap = acks.reduce((most, at, n) => Math.max(most, at - (acks[n - 1] ?? at)), 0)
  const lost = count.acked - written.acked
  console.log(`${mode}, ${signal}: ${outcomes.size} records ended`)
  console.log(`  acked ${count.acked}, of these lost ${lost}`)
  console.log(`  failed ${count.failed}, of these written ${written.failed}`)
  console.log(`  unknown ${count.unknown}, of these written ${written.unknown}`)
  console.log(
    `  doubled ${doubled}, out of order ${reordered}, longest time without an ack ${(gap / 1e6).toFixed(1)} s`,
  )
  for (const [error, n] of errors) console.log(`  ${error}: ${n}`)
  const faults = [
    lost > 0 && 'acked records are lost',
    written.failed > 0 && 'failed records are there',
    count.unknown > MOST_UNKNOWN * outcomes.size && 'too many are unknown',
    mode === 'idempotent' && doubled > 0 && 'records are there twice',
    mode === 'idempotent' && reordered > 0 && 'records are out of order',
  ].filter(each => each !== false)
  for (const fault of faults) console.error(`  FAULT: ${fault}`)
  return faults.length > 0 ? 1 : 0
}
