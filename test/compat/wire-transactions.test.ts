/** The wire driver's transactions at a real Apache Kafka, by both of its protocols, read back by other people's clients. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Admin, Consumer, Driver, ProducerSettings } from '../../core/plugin.ts'
import { Cluster } from '../../plugins/drivers/wire/cluster.ts'
import { describeTransactions } from '../../plugins/protocol/messages/transactions.ts'
import { driverFor, Harness, soon } from '../plugins/drivers/wire/driver.ts'
import { committedOffset, type Transactional, transactional } from '../plugins/drivers/wire/transactional.ts'
import { runJavaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const run = promisify(execFile)

describe.each([
  ['2', undefined],
  ['0', { 'transaction.version': 0 }],
] as const)('with transaction.version %s', (version, features) => {
  let kafka: RealKafka
  let driver: Driver
  let admin: Admin
  let topics = 0
  const opened: Transactional[] = []
  const workers: ChildProcess[] = []

  beforeAll(async () => {
    kafka = await startKafka({ quiet: true, ...(features === undefined ? {} : { features }) })
    driver = driverFor(kafka.address)
    admin = await driver.admin()
  }, 180_000)
  afterEach(async () => {
    for (const each of workers.splice(0)) each.kill('SIGKILL')
    await Promise.all(opened.splice(0).map(each => each.driver.close(soon())))
  })
  afterAll(async () => {
    await driver?.close(soon())
    await kafka?.stop()
  })

  async function topic(partitions: number): Promise<string> {
    const name = `transactions-${topics++}`
    await admin.create(name, { partitions, replicationFactor: 1, configs: {} })
    return name
  }
  async function open(
    name: string,
    partitions: number,
    id: string,
    settings: Partial<ProducerSettings> = {},
  ): Promise<Transactional> {
    const producer = await transactional([kafka.address], name, partitions, id, settings)
    opened.push(producer)
    return producer
  }
  /** Partition and value of each record, as librdkafka reads them. */
  async function readByKcat(name: string, isolation = 'read_committed'): Promise<string[]> {
    const format = ['-C', '-e', '-q', '-o', 'beginning', '-X', 'check.crcs=true', '-f', '%p %s\n']
    const args = ['-b', kafka.address, '-t', name, ...format, '-X', `isolation.level=${isolation}`]
    const { stdout } = await run('kcat', args, { maxBuffer: 1 << 28 })
    return stdout === '' ? [] : stdout.trimEnd().split('\n')
  }
  /** Values as Kafka's own console consumer reads them. */
  async function readByKafka(name: string, count: number): Promise<string[]> {
    const where = ['--bootstrap-server', kafka.address, '--topic', name, '--from-beginning']
    const what = ['--isolation-level', 'read_committed', '--max-messages', String(count)]
    const text = await runJavaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [...where, ...what])
    return text.trimEnd().split('\n')
  }
  /** What the coordinator has of a transactional id. */
  async function stateOf(id: string) {
    const cluster = new Cluster([kafka.address], { timeoutMs: 10_000 })
    try {
      const link = await cluster.link(await cluster.coordinator('transaction', id), 'test')
      const { transactionStates } = await link.call(describeTransactions, { transactionalIds: [id] })
      return transactionStates[0]!
    } finally {
      cluster.close()
    }
  }

  it.each([
    ['none', 5],
    ['gzip', 5],
    ['snappy', 1],
    ['lz4', 5],
    ['zstd', 5],
  ] as const)(
    'what is committed is read, in its order, and of what is aborted nothing: %s, %d under way',
    async (compression, maxInFlight) => {
      const name = await topic(3)
      const settings = { compression, maxInFlight, batchBytes: 400, lingerUs: 0 }
      const producer = await open(name, 3, `ends-${compression}`, settings)
      const before = (await stateOf(`ends-${compression}`)).producerEpoch
      const expected: string[] = []
      for (let n = 0; n < 60; n++) {
        const how = n % 5 === 3 ? 'abort' : 'commit'
        producer.producer.begin()
        for (let i = 0; i < 50; i++) {
          const value = `${n}-${i}`
          producer.append({ value, partition: i % 3 })
          if (how === 'commit') expected.push(`${i % 3} ${value}`)
          if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve))
        }
        expect(await producer.producer.end(how)).toBe(how === 'commit' ? 'committed' : 'aborted')
      }
      expect([producer.count('acked'), producer.balance()]).toEqual([3000, 0])
      expect(producer.events.filter(each => each.kind === 'error' && each.records > 0)).toEqual([])
      const of = (all: readonly string[], partition: number) =>
        all.filter(each => each.startsWith(`${partition} `))
      const read = await readByKcat(name)
      for (let partition = 0; partition < 3; partition++)
        expect(of(read, partition)).toEqual(of(expected, partition))
      expect(await readByKcat(name, 'read_uncommitted')).toHaveLength(3000)
      if (compression === 'none' || compression === 'snappy') {
        const values = await readByKafka(name, expected.length)
        expect(values.toSorted()).toEqual(expected.map(each => each.slice(2)).toSorted())
      }
      // what tells the protocols apart: an epoch for each transaction, or one for all
      expect((await stateOf(`ends-${compression}`)).producerEpoch - before).toBe(version === '2' ? 60 : 0)
    },
  )

  it('a producer is fenced by the next one with its id', async () => {
    const name = await topic(2)
    const first = await open(name, 2, 'fenced')
    await first.write('commit', 'a', 'b')
    first.producer.begin()
    first.append({ value: 'c', partition: 0 })
    await first.producer.flush(soon())
    const second = await open(name, 2, 'fenced')
    first.append({ value: 'd', partition: 0 })
    first.append({ value: 'e', partition: 1 })
    expect(await first.producer.end('commit')).toBe('fenced')
    expect(first.balance()).toBe(0)
    expect(first.outcomes.slice(3).every(each => each.state === 'failed')).toBe(true)
    expect(await first.write('commit', 'f')).toBe('fenced')
    expect(first.outcomes.at(-1)).toMatchObject({ state: 'failed', error: 'PRODUCER_FENCED' })
    expect(await second.write('commit', 'g', 'h')).toBe('committed')
    expect((await readByKcat(name)).toSorted()).toEqual(['0 a', '0 g', '1 b', '1 h'])
    expect(await second.write('commit', 'i')).toBe('committed')
  })

  it('a transaction in which a write was refused is aborted, and the next one is not', async () => {
    const name = `transactions-${topics++}`
    await admin.create(name, {
      partitions: 2,
      replicationFactor: 1,
      configs: { 'max.message.bytes': '1000' },
    })
    const producer = await open(name, 2, 'refused')
    expect(await producer.write('commit', 'a', 'b')).toBe('committed')
    expect(await producer.write('commit', 'c', 'x'.repeat(2000), 'd')).toBe('aborted')
    expect(producer.outcomes.find(each => each.error === 'MESSAGE_TOO_LARGE')!.state).toBe('failed')
    expect(await producer.write('commit', 'e', 'f')).toBe('committed')
    expect((await readByKcat(name)).toSorted()).toEqual(['0 a', '0 e', '1 b', '1 f'])
  })

  it('a producer that is closed leaves nothing open', async () => {
    const name = await topic(1)
    const producer = await open(name, 1, 'closed')
    producer.producer.begin()
    producer.append({ value: 'a' })
    await producer.producer.flush(soon())
    expect((await stateOf('closed')).transactionState).toBe('Ongoing')
    await producer.producer.close(soon())
    // after the record is the marker of its end
    await expect.poll(() => admin.offsets(name, 'stable'), { timeout: 10_000 }).toEqual([2])
    expect(await readByKcat(name)).toEqual([])
  })

  it('a transaction may not live longer than the broker lets it', async () => {
    const name = await topic(1)
    await expect(open(name, 1, 'long', { deliveryTimeoutUs: 1_000_000_000 })).rejects.toThrow(
      /transaction\.max\.timeout\.ms; together they are 1001\.5 s/,
    )
  })

  it.each(['classic', 'consumer'] as const)(
    'offsets of a group (%s) are committed with the records, or not at all',
    async protocol => {
      const name = await topic(1)
      const group = `offsets-${protocol}`
      const producer = await open(name, 1, group)
      const consumer: Consumer = await driver.consumer({
        group,
        protocol,
        commitUs: 0,
        from: 'earliest',
        timeoutUs: 60_000_000,
      })
      await consumer.subscribe([name])
      const at = (offset: number) => [{ topic: name, partition: 0, offset }]
      for (const [how, offset, then] of [
        ['commit', 5, 5],
        ['abort', 6, 5],
        ['commit', 7, 7],
      ] as const) {
        producer.producer.begin()
        producer.append({ value: `${offset}` })
        expect(await producer.producer.end(how, at(offset), consumer)).toBe(
          how === 'commit' ? 'committed' : 'aborted',
        )
        await expect.poll(() => committedOffset(kafka.address, group, name), { timeout: 10_000 }).toBe(then)
      }
      consumer.kill()
      expect(await readByKcat(name)).toEqual(['0 5', '0 7'])
    },
  )

  it('what is said of transactions holds when the broker stands still in the middle of them', async () => {
    const name = await topic(3)
    const producer = await open(name, 3, 'stalled')
    const results: string[] = []
    for (let n = 0; n < 30; n++) {
      if (n % 10 === 4) {
        process.kill(kafka.pid, 'SIGSTOP')
        setTimeout(() => process.kill(kafka.pid, 'SIGCONT'), n === 4 ? 1000 : 4000)
      }
      const values = Array.from({ length: 20 }, (_, i) => `${n}-${i}`)
      results.push(await producer.write(n % 5 === 3 ? 'abort' : 'commit', ...values))
    }
    expect(await producer.write('commit', 'last')).toBe('committed')
    expect(producer.balance()).toBe(0)
    const read = (await readByKcat(name)).map(each => each.slice(2))
    expect(new Set(read).size).toBe(read.length)
    for (const [n, result] of results.entries()) {
      const found = read.filter(each => each.startsWith(`${n}-`)).length
      const possible = { committed: [20], aborted: [0], unknown: [0, 20] }[result]
      expect(possible, `${n} ${result}`).toContain(found)
    }
    expect(results.filter(each => each === 'committed').length).toBeGreaterThan(18)
  })

  it('a worker that is killed, or stands still while another one takes over, writes each record once', async () => {
    const RECORDS = 10_000
    const [from, to] = [await topic(1), await topic(3)]
    const input = await Harness.open(driver, from, 1, { batchBytes: 1000 })
    for (let i = 0; i < RECORDS; i++) input.append({ value: `v${i}` })
    await input.producer.flush(soon())
    const work = { address: kafka.address, from, to, partitions: 3, id: 'worker', until: RECORDS, size: 100 }
    const start = () => {
      const script = fileURLToPath(new URL('transform.ts', import.meta.url))
      const child = spawn(process.execPath, [script, JSON.stringify(work)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      workers.push(child)
      const lines: string[] = []
      const reader = createInterface({ input: child.stdout })
      reader.on('line', line => lines.push(line))
      const committed = (count: number) =>
        expect
          .poll(() => lines.filter(each => each.startsWith('committed')).length, { timeout: 40_000 })
          .toBeGreaterThan(count)
      return { child, lines, committed, ended: once(child, 'exit') }
    }
    const first = start()
    await first.committed(10)
    first.child.kill('SIGKILL')
    await first.ended
    const second = start()
    await second.committed(10)
    second.child.kill('SIGSTOP')
    const third = start()
    await third.committed(5)
    second.child.kill('SIGCONT')
    await second.ended
    await third.ended
    // unknown: it stood still in the middle of a commit, and its time was over when it went on
    expect(second.lines.at(-1)).toMatch(/^(fenced|unknown)/)
    expect(third.lines.at(-1)).toMatch(/^committed/)
    const read = (await readByKcat(to)).map(each => each.slice(2))
    expect(read.toSorted()).toEqual(Array.from({ length: RECORDS }, (_, i) => `v${i} again`).toSorted())
  })
})
