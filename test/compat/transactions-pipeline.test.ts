/** consume-transform-produce at a real Apache Kafka, in processes that are killed on the way: each record once in the end. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Driver, ResultData } from '../../core/index.ts'
import type { TransactionsSection } from '../../plugins/transactions/report.ts'
import { driverFor, Harness, soon } from '../plugins/drivers/wire/driver.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const execute = promisify(execFile)
const bin = fileURLToPath(new URL('../../core/cli/loadtest.js', import.meta.url))
const config = fileURLToPath(new URL('transactions-pipeline.config.ts', import.meta.url))
const RECORDS = 40_000

describe.each([
  ['2', undefined],
  ['0', { 'transaction.version': 0 }],
] as const)('with transaction.version %s', (_version, features) => {
  let kafka: RealKafka
  let driver: Driver
  let admin: Admin
  let cwd: string
  const workers: ChildProcess[] = []

  beforeAll(async () => {
    kafka = await startKafka({ quiet: true, ...(features === undefined ? {} : { features }) })
    driver = driverFor(kafka.address)
    admin = await driver.admin()
    cwd = mkdtempSync(join(tmpdir(), 'loadtest-pipeline-'))
  }, 180_000)
  afterEach(() => {
    for (const each of workers.splice(0)) each.kill('SIGKILL')
  })
  afterAll(async () => {
    rmSync(cwd, { recursive: true, force: true })
    await driver?.close(soon())
    await kafka?.stop()
  })

  /** @param id prefix of its transactional ids. */
  function start(topic: string, seconds: number, id = topic) {
    const env = {
      ...process.env,
      PIPELINE_BROKER: kafka.address,
      PIPELINE_GROUP: topic,
      PIPELINE_ID: id,
      PIPELINE_FROM: `${topic}-in`,
      PIPELINE_TO: `${topic}-out`,
      PIPELINE_SECONDS: String(seconds),
    }
    const out = `${topic}-${workers.length}`
    const args = [bin, 'run', '--config', config, '--allow-tainted', '--out', out]
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', chunk => {
      said += String(chunk)
    })
    workers.push(child)
    const result = () => {
      const file = join(cwd, out, 'result.json')
      expect(existsSync(file), said).toBe(true)
      return JSON.parse(readFileSync(file, 'utf8')) as ResultData
    }
    return { child, ended: once(child, 'exit'), result }
  }
  /** Topics to read and to write, the first with records in it. */
  async function filled(topic: string): Promise<void> {
    await admin.create(`${topic}-in`, { partitions: 3, replicationFactor: 1, configs: {} })
    await admin.create(`${topic}-out`, { partitions: 3, replicationFactor: 1, configs: {} })
    const input = await Harness.open(driver, `${topic}-in`, 3, { batchBytes: 2000 })
    for (let i = 0; i < RECORDS; i++) input.append({ value: `v${i}`, partition: i % 3 })
    await input.producer.flush(soon())
  }
  /** Until so many more records, and markers of ends, are written than are now. */
  async function more(topic: string, count: number): Promise<void> {
    const written = async () => {
      const ends = await admin.offsets(`${topic}-out`, 'end')
      return ends.reduce((a, b) => a + b, 0)
    }
    const from = await written()
    await expect.poll(written, { timeout: 60_000, interval: 20 }).toBeGreaterThan(from + count)
  }
  async function readByKcat(topic: string): Promise<string[]> {
    const args = [
      '-b',
      kafka.address,
      '-t',
      `${topic}-out`,
      '-C',
      '-e',
      '-q',
      '-o',
      'beginning',
      '-f',
      '%s\n',
    ]
    const { stdout } = await execute('kcat', [...args, '-X', 'isolation.level=read_committed'], {
      maxBuffer: 1 << 28,
    })
    return stdout.trimEnd().split('\n')
  }

  const all = Array.from({ length: RECORDS }, (_, i) => `v${i} again`).sort()

  it('whoever is killed, each record is read once', async () => {
    const topic = 'killed'
    await filled(topic)
    for (let kills = 0; kills < 3; kills++) {
      const { child, ended } = start(topic, 60)
      await more(topic, 2000)
      child.kill('SIGKILL')
      await ended
    }
    const last = start(topic, 25)
    expect(await last.ended).toEqual([0, null])
    const { streams, metrics } = last.result()
    const { identity, sections } = streams['default']!
    expect(identity.holds).toBe(true)
    expect((sections['transactions'] as TransactionsSection).transactions.aborted).toBeGreaterThan(0)
    expect(metrics['consume-transform-produce.again']).toBeGreaterThan(0)
    const read = await readByKcat(topic)
    expect(read).toHaveLength(RECORDS)
    expect(read.sort()).toEqual(all)
  })

  it('whoever comes and goes, each record is read once', async () => {
    const topic = 'moved'
    await filled(topic)
    const first = start(topic, 60, 'first')
    await more(topic, 2000)
    const second = start(topic, 60, 'second')
    await more(topic, 8000)
    first.child.kill('SIGINT')
    expect(await first.ended).toEqual([130, null])
    await more(topic, 2000)
    const third = start(topic, 30, 'third')
    await more(topic, 2000)
    second.child.kill('SIGINT')
    expect(await second.ended).toEqual([130, null])
    expect(await third.ended).toEqual([0, null])
    for (const each of [first, second, third]) {
      const { streams, events } = each.result()
      expect(streams['default']!.identity.holds).toBe(true)
      if (each !== third) expect(events.filter(event => event.kind === 'rebalance')).not.toEqual([])
    }
    const read = await readByKcat(topic)
    expect(read).toHaveLength(RECORDS)
    expect(read.sort()).toEqual(all)
  })
})
