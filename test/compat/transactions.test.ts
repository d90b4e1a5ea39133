/** The plugin `transactions` at a real Apache Kafka, by both of its protocols: what the report says is what kcat reads. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Admin, type Config, type Driver, run, type Stream } from '../../core/index.ts'
import { emptyStamp, readStamp } from '../../core/stamp.ts'
import { transactions } from '../../plugins/index.ts'
import type { TransactionsSection } from '../../plugins/transactions/report.ts'
import { driverFor, soon } from '../plugins/drivers/wire/driver.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const execute = promisify(execFile)

describe.each([
  ['2', undefined],
  ['0', { 'transaction.version': 0 }],
] as const)('with transaction.version %s', (_version, features) => {
  let kafka: RealKafka
  let driver: Driver
  let admin: Admin
  let topics = 0

  beforeAll(async () => {
    kafka = await startKafka({ quiet: true, ...(features === undefined ? {} : { features }) })
    driver = driverFor(kafka.address)
    admin = await driver.admin()
  }, 180_000)
  afterAll(async () => {
    await driver?.close(soon())
    await kafka?.stop()
  })

  /** A run on a topic that stays; how each of its transactions ended, by producer and number. */
  async function load(options: Parameters<typeof transactions>[0], config: Config = {}) {
    const name = `load-${topics++}`
    await admin.create(name, { partitions: 3, replicationFactor: 1, configs: {} })
    const ends = new Map<string, string>()
    const watch = {
      name: 'watch',
      stream: (stream: Stream) =>
        stream.hooks.onEvent.tap(event => {
          if (event.kind === 'transaction' && event.step !== 'begin')
            ends.set(`${event.producer} ${event.transaction}`, event.step)
        }),
    }
    const result = await run({
      brokers: [kafka.address],
      topic: { name, existing: true },
      warmup: 0,
      duration: 6,
      rate: 1000,
      producers: 3,
      consumers: 0,
      allowTainted: true,
      ...config,
      plugins: [transactions(options), watch],
    })
    const { phases, identity, sections } = result.streams['default']!
    expect(identity.holds).toBe(true)
    expect(result.verdict.state).not.toBe('invalid')
    return {
      name,
      result,
      ends,
      counts: phases.measure.counts,
      section: sections['transactions'] as TransactionsSection,
    }
  }

  /** Producer and transaction, and index, of each record that librdkafka reads. */
  async function readByKcat(name: string, isolation: 'read_committed' | 'read_uncommitted') {
    // values are bytes of any kind: each comes with its length before it
    const format = ['-C', '-e', '-q', '-o', 'beginning', '-X', 'check.crcs=true', '-f', '%S\n%s']
    const args = ['-b', kafka.address, '-t', name, ...format, '-X', `isolation.level=${isolation}`]
    const { stdout } = await execute('kcat', args, { maxBuffer: 1 << 28, encoding: 'buffer' })
    const records: { of: string; index: number }[] = []
    const stamp = emptyStamp()
    for (let at = 0; at < stdout.length; ) {
      const line = stdout.indexOf(10, at)
      const length = Number(stdout.toString('latin1', at, line))
      expect(readStamp(stdout, line + 1, length, stamp)).toBe(true)
      records.push({ of: `${stamp.producer} ${stamp.transaction}`, index: stamp.index })
      at = line + 1 + length
    }
    return records
  }

  it('with a fifth of aborts a reader of committed records gets exactly those, and nothing of an aborted one', async () => {
    const { name, ends, counts, section } = await load({ records: 20, abort: '20%' })
    expect(counts.acked).toBe(6000)
    const { transactions: how, records } = section
    expect(how.aborted / (how.aborted + how.committed)).toBeCloseTo(0.2, 2)
    expect(records.committed + records.aborted).toBe(6000)
    const committed = await readByKcat(name, 'read_committed')
    expect(committed).toHaveLength(records.committed)
    expect(new Set(committed.map(each => each.index)).size).toBe(records.committed)
    expect([...new Set(committed.map(each => ends.get(each.of)))]).toEqual(['committed'])
    expect(new Set(committed.map(each => each.of)).size).toBe(how.committed)
    const all = await readByKcat(name, 'read_uncommitted')
    expect(all.map(each => each.index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 6000 }, (_, i) => i),
    )
    expect(all.filter(each => ends.get(each.of) === 'aborted')).toHaveLength(records.aborted)
    expect(section.latency.commit!.p50).toBeGreaterThan(0)
    expect(section.latency.abort!.count).toBe(how.aborted)
  })

  it('long transactions hold readers of committed records back, and are read in the end', async () => {
    const { name, section, counts } = await load({ records: 20, open: { every: '3s', for: '2s' } })
    expect(counts.acked).toBe(6000)
    // a third of the records at least comes behind the first one of it, in two seconds
    expect(section.lsoLag!.max).toBeGreaterThan(600)
    expect(section.lsoLag!.samples.length).toBeGreaterThanOrEqual(5)
    expect(await readByKcat(name, 'read_committed')).toHaveLength(6000)
  })

  it('producers that are fenced lose what was in their transaction, and others go on with their ids', async () => {
    const { name, ends, section, counts } = await load({ every: '100ms', fence: '1s' })
    const { transactions: how, records } = section
    expect(how.fenced).toBe(5)
    expect(counts.failed).toBeGreaterThan(0)
    expect(counts.acked + counts.failed).toBe(6000)
    const committed = await readByKcat(name, 'read_committed')
    expect(committed).toHaveLength(records.committed)
    expect([...new Set(committed.map(each => ends.get(each.of)))]).toEqual(['committed'])
    // what came after a fencing: the last transactions of each producer
    for (const producer of [0, 1, 2]) {
      const own = [...ends].filter(([of]) => of.startsWith(`${producer} `)).map(([, step]) => step)
      expect(own.lastIndexOf('committed')).toBeGreaterThan(own.lastIndexOf('fenced'))
    }
  })

  it('goes as fast as its transactions when there is no schedule', async () => {
    const { name, section, result } = await load({ records: 200, abort: 0.1 }, { rate: 'max', duration: 3 })
    const { warmup, measure } = result.streams['default']!.phases
    expect(section.records.committed + section.records.aborted).toBe(
      warmup.counts.acked + measure.counts.acked,
    )
    expect(await readByKcat(name, 'read_committed')).toHaveLength(section.records.committed)
  })
})
