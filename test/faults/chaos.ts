/**
 * `npm run test:chaos [plain|idempotent] [SIGKILL|SIGSTOP]`: the wire driver under the deaths of real brokers. Three of them, replication
 * factor 3, acks=all, 5,000 records/s for 90 s, ten times one broker is killed (or stopped) and brought back once its partitions are
 * led by others. Then kcat reads back what is there, and each record is compared with what the run said of it. Exit 1 when a record
 * has no outcome, an acked one is lost, more than 1 % are unknown, a partition has no ack within 5 s of its new leader, a death did
 * not come about, or an idempotent producer's records are doubled or out of order.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ResultData } from '../../core/result.ts'
import { missing, runJavaTool } from '../compat/java.ts'
import { type BrokerId, type RealCluster, startCluster } from './cluster.ts'
import { type Death, judge, type Outcome, type State } from './judge.ts'
import { Leaders } from './leaders.ts'

const RATE = 5000
const SECONDS = 90
const DEATHS = 10
/** ms that a broker is away, at least. */
const DOWN_MS = 3500

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
const files = { outcomes: join(directory, 'outcomes'), out: join(directory, 'run') }
const cluster = await startCluster()
const addresses = cluster.addresses.join(',')
try {
  const counts = ['--partitions', '6', '--replication-factor', '3', '--config', 'min.insync.replicas=2']
  await runJavaTool('org.apache.kafka.tools.TopicCommand', [
    ...['--bootstrap-server', addresses, '--create', '--topic', topic, ...counts],
  ])
  const run = load()
  const happened = await deaths(cluster, run)
  const exitCode = await run
  const { lines, faults } = judge({
    idempotent: mode === 'idempotent',
    records: RATE * SECONDS,
    deaths: DEATHS,
    exitCode,
    counts: countsIn(join(files.out, 'result.json')),
    outcomes: outcomesIn(files.outcomes),
    happened,
    written: readBack(),
  })
  console.log([`${mode}, ${signal}`, ...lines].join('\n'))
  for (const fault of faults) console.error(`  FAULT: ${fault}`)
  process.exitCode = faults.length > 0 ? 1 : 0
} finally {
  await cluster.stop()
  rmSync(directory, { recursive: true, force: true })
}

function load(): Promise<number | null> {
  const bin = new URL('../../core/cli/loadtest.js', import.meta.url).pathname
  const config = new URL('./chaos.config.ts', import.meta.url).pathname
  const args = [
    ...['run', '--config', config, '--brokers', addresses, '--topic', topic],
    ...['--rate', `${RATE}/s`, '--duration', `${SECONDS}s`, '--out', files.out, '--allow-tainted'],
  ]
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: directory,
    env: {
      ...process.env,
      CHAOS_OUTCOMES: files.outcomes,
      CHAOS_IDEMPOTENT: mode === 'idempotent' ? '1' : '0',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise(resolve => child.once('exit', resolve))
}

/** Those that came about while the run lasted. */
async function deaths({ brokers, kill, revive }: RealCluster, run: Promise<unknown>): Promise<Death[]> {
  let over = false
  void run.then(() => {
    over = true
  })
  const begun = performance.now()
  const happened: Death[] = []
  while (happened.length < DEATHS) {
    const due = begun + 2000 + (happened.length * (SECONDS - 4) * 1000) / DEATHS
    await sleep(Math.max(0, due - performance.now()))
    const broker = brokers[happened.length % brokers.length] as BrokerId
    // the others are asked: it will not answer
    const leaders = new Leaders(
      cluster.addresses.filter((_, i) => brokers[i] !== broker),
      topic,
    )
    try {
      const partitions = await leaders.ledBy(broker)
      if (over) break
      const at = Date.now()
      kill(broker, signal as 'SIGKILL' | 'SIGSTOP')
      const led = await leaders.elsewhere(broker, partitions)
      await sleep(Math.max(0, at + DOWN_MS - Date.now()))
      revive(broker)
      happened.push({ broker, at, led })
      // the next death while this one's replicas are behind would be one too many
      await leaders.inSync(brokers.length)
    } finally {
      leaders.close()
    }
  }
  return happened
}

function countsIn(file: string) {
  const { streams } = JSON.parse(readFileSync(file, 'utf8')) as ResultData
  const stream = streams['default']
  if (stream === undefined) throw new Error(`${file} has no stream`)
  return stream.phases.measure.counts
}

function outcomesIn(file: string): ReadonlyMap<number, Outcome> {
  const found = new Map<number, Outcome>()
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [index, state, error = '', partition, at] = line.split(' ')
    if (found.has(Number(index))) throw new Error(`record ${index} ended twice`)
    found.set(Number(index), { state: state as State, error, partition: Number(partition), at: Number(at) })
  }
  return found
}

/** The numbers of the records in each partition, in the order of the log. */
function readBack(): readonly (readonly number[])[] {
  const args = ['-b', addresses, '-C', '-t', topic, '-e', '-q', '-f', '%p %k\n']
  const text = execFileSync('kcat', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  const partitions: number[][] = []
  for (const line of text.trimEnd().split('\n')) {
    const [partition, index] = line.split(' ').map(Number)
    ;(partitions[partition!] ??= []).push(index!)
  }
  return partitions
}
