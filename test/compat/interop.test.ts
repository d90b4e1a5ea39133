/** Bytes and times between this client and others at a real Apache Kafka: what wire writes, Java and C read, and the other way. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type KafkaClient, type OutgoingRecord } from '../../core/index.ts'
import type { Consumer, Driver, ProducerConfig } from '../../core/plugin.ts'
import { Harness } from '../conformity/harness.ts'
import { until } from '../plugins/drivers/wire/consumer/fixture.ts'
import { driverFor, soon } from '../plugins/drivers/wire/driver.ts'
import { tools } from './embedded/clients.ts'
import { javaArgs, runJavaTool } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const noKcat = spawnSync('kcat', ['-V']).error !== undefined
const run = promisify(execFile)

let logs: string
let kafka: RealKafka
let client: KafkaClient
let driver: Driver

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'interop-'))
  kafka = await startKafka({ settings: { 'log.dirs': logs } })
  client = await createClient({ brokers: [kafka.address], timeout: '20s' })
  driver = driverFor(kafka.address)
}, 180_000)
afterAll(async () => {
  await client?.close()
  await driver?.close(soon())
  await kafka?.stop()
  rmSync(logs, { recursive: true, force: true })
})

/** Bytes as text of one character each, so that differences can be read. null: none. */
interface Told {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}
const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('latin1')
const bytesOf = (content: string | number | Uint8Array | null) =>
  text(content === null ? null : Buffer.from(typeof content === 'number' ? String(content) : content))
const inOrder = (records: readonly Told[]) =>
  records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)

async function topic(name: string, partitions: number): Promise<string> {
  await (await client.admin()).createTopic(name, { partitions })
  return name
}

/** All that is there, by the wire driver. */
async function readByWire(
  name: string,
  count: number,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<Told[]> {
  const consumer: Consumer = await driver.consumer({ isolation, timeoutUs: 20_000_000 })
  const problems: string[] = []
  consumer.onEvent(event => event.kind === 'error' && problems.push(event.message))
  const { partitions = 0 } = (await (await client.admin()).describe(name)) ?? {}
  const numbers = Array.from({ length: partitions }, (_, partition) => partition)
  await consumer.assign(numbers.map(partition => ({ topic: name, partition, offset: 0 })))
  const found: Told[] = []
  const signal = AbortSignal.timeout(30_000)
  const take = () =>
    consumer.poll(
      batch =>
        batch.each(view => {
          const { partition, offset, timestamp } = view
          const headers = view.headers().map(([key, value]) => [bytesOf(key)!, text(value)] as const)
          found.push({
            partition,
            offset,
            timestamp,
            key: text(view.key()),
            value: text(view.value()),
            headers,
          })
        }),
      { timeoutUs: 200_000, signal },
    )
  while (found.length < count && !signal.aborted) await take()
  await take()
  await consumer.leave()
  expect(problems).toEqual([])
  return inOrder(found)
}

/** All that is there, by librdkafka. */
async function readByKcat(name: string, ...options: string[]): Promise<Told[]> {
  const format = '%p %o %T %K %S|%k%s%h\n'
  const args = ['-C', '-e', '-q', '-o', 'beginning', '-X', 'check.crcs=true', ...options, '-f', format]
  const { stdout } = await run('kcat', ['-b', kafka.address, '-t', name, ...args], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  })
  const found: Told[] = []
  for (let at = 0; at < stdout.length; ) {
    const bar = stdout.indexOf('|', at)
    const [partition, offset, timestamp, keyLength, valueLength] = stdout
      .slice(at, bar)
      .split(' ')
      .map(Number)
    const take = (length: number) => (length < 0 ? null : stdout.slice(at, (at += length)))
    at = bar + 1
    const [key, value] = [take(keyLength!), take(valueLength!)]
    const end = stdout.indexOf('\n', at)
    const headers = pairs(stdout.slice(at, end), '=', 'NULL')
    at = end + 1
    found.push({ partition: partition!, offset: offset!, timestamp: timestamp!, key, value, headers })
  }
  return inOrder(found)
}
const pairs = (all: string, sign: string, none: string) =>
  (all === '' ? [] : all.split(',')).map(each => {
    const [name = '', value = ''] = each.split(sign)
    return [name, value === none ? null : value] as const
  })

/** So many records, by Kafka's console consumer. */
async function readByJava(name: string, count: number): Promise<Told[]> {
  const properties = {
    ...{ 'print.timestamp': true, 'print.partition': true, 'print.offset': true },
    ...{ 'print.headers': true, 'print.key': true },
    ...{ 'key.separator': '<|>', 'line.separator': '<end>', 'null.literal': '<null>' },
  }
  const args = [
    ...['--bootstrap-server', kafka.address, '--topic', name, '--from-beginning'],
    ...['--max-messages', String(count), '--timeout-ms', '20000'],
    ...Object.entries(properties).flatMap(([key, value]) => ['--property', `${key}=${value}`]),
  ]
  const java = javaArgs('256m', `${tools}.consumer.ConsoleConsumer`, args)
  const { stdout } = await run('java', java, { encoding: 'latin1', maxBuffer: 1 << 28 })
  const found = stdout.split('<end>').slice(0, -1)
  return inOrder(
    found.map(line => {
      const [time, partition, offset, headers, key, value] = line.split('<|>') as [
        string,
        string,
        string,
        string,
        string,
        string,
      ]
      const number = (told: string) => Number(told.split(':')[1])
      const content = (told: string) => (told === '<null>' ? null : told)
      return {
        ...{ partition: number(partition), offset: number(offset), timestamp: number(time) },
        ...{ key: content(key), value: content(value) },
        headers: headers === 'NO_HEADERS' ? [] : pairs(headers, ':', '<null>'),
      }
    }),
  )
}

describe('what wire writes', () => {
  const raw = Uint8Array.from({ length: 256 }, (_, i) => i)
  // not so old that the broker's retention takes them
  const time = Date.now() - 60_000
  const records: OutgoingRecord[] = [
    { key: 'schlüssel', value: 'größe ☂' },
    { key: null, value: 'no key' },
    { key: 'empty', value: '' },
    { key: '', value: 'empty key' },
    { key: 'tombstone', value: null },
    { key: raw, value: raw },
    { value: 'headers', headers: { first: '1', empty: '', naïve: 'größe ☂', last: Uint8Array.of(200, 201) } },
    { key: 'one header', value: null, headers: { only: 'this' } },
    // blocks of a codec hold 64 KiB and less
    { key: 42, value: 'abcdefgh'.repeat(40_000) },
    ...Array.from({ length: 500 }, (_, i) => ({ key: i, value: `v${i}`.repeat(i % 50) })),
  ].map((record, i) => ({ ...record, timestamp: time + i }))
  const told = (partition: number): Told[] =>
    records.map(({ key = null, value, headers = {}, timestamp = 0 }, offset) => ({
      ...{ partition, offset, timestamp, key: bytesOf(key), value: bytesOf(value) },
      headers: Object.entries(headers).map(([name, content]) => [bytesOf(name)!, bytesOf(content)]),
    }))
  const expected = codecs.flatMap((_, partition) => told(partition))

  beforeAll(async () => {
    await topic('from-wire', codecs.length)
    for (const [partition, compression] of codecs.entries()) {
      const settings: ProducerConfig = { compression, idempotent: partition % 2 === 0, batchSize: '1MB' }
      const producer = await client.producer(settings)
      await producer.send(
        'from-wire',
        records.map(record => ({ ...record, partition })),
      )
    }
  }, 60_000)

  it.skipIf(noKcat)('C reads, byte for byte', async () => {
    expect(await readByKcat('from-wire')).toEqual(expected)
  })
  it('Java reads, byte for byte', async () => {
    expect(await readByJava('from-wire', expected.length)).toEqual(expected)
  })
  it('wire reads, byte for byte', async () => {
    expect(await readByWire('from-wire', expected.length)).toEqual(expected)
  })

  it('others read of a given record: a header of one name twice, and without a value', async () => {
    const name = await topic('given-to-wire', 1)
    const given = [
      ['to', 'first'],
      ['none', null],
      ['to', 'second'],
      ['to', null],
      ['empty', ''],
    ] as const
    const harness = await Harness.open(driver, name, 1)
    harness.append({ key: 'k', value: 'v', given })
    await harness.producer.flush(soon())
    const read = [await readByJava(name, 1), await readByWire(name, 1)]
    if (!noKcat) read.push(await readByKcat(name))
    expect(read.map(([record]) => record?.headers)).toEqual(read.map(() => given))
    await harness.producer.close(soon())
  })

  it('is stored with its codec, as Kafka sees its log', async () => {
    const files = codecs.map((_, partition) => join(logs, `from-wire-${partition}`, `${'0'.repeat(20)}.log`))
    const dump = await runJavaTool('kafka.tools.DumpLogSegments', ['--files', files.join(',')])
    const stored = dump.split('Dumping ').slice(1)
    expect(stored).toHaveLength(codecs.length)
    for (const [partition, codec] of codecs.entries()) {
      const lines = stored[partition]!.split('\n').filter(line => line.startsWith('baseOffset: '))
      expect(stored[partition]).toContain(`from-wire-${partition}/`)
      expect(new Set(lines.map(line => /compresscodec: (\w+)/.exec(line)?.[1]?.toLowerCase()))).toEqual(
        new Set([codec]),
      )
      expect(lines.filter(line => !line.includes('isvalid: true'))).toEqual([])
      const counts = lines.map(line => Number(/ count: (\d+)/.exec(line)?.[1]))
      expect(counts.reduce((a, b) => a + b, 0)).toBe(records.length)
    }
  })
})

describe.skipIf(noKcat)('what C writes, wire reads, byte for byte:', () => {
  const lines = [
    'k1\tgröße',
    'schlüssel\tv',
    'no key',
    'gone\t',
    '\tempty key',
    ...Array(300).fill('a\taaaa'),
  ]
  const headers = ['h=1', 'h=2', 'empty=', 'none', 'naïve=☂']

  it.each([
    ...codecs.map(codec => [codec, []] as const),
    ['zstd, idempotent', ['-X', 'enable.idempotence=true']],
    ['zstd, in a transaction', ['-X', 'transactional.id=kcat']],
  ] as const)('%s', async (what, options) => {
    const codec = what.split(',')[0]!
    const name = await topic(`from-c-${what.replace(/\W+/g, '-')}`, 1)
    const args = ['-P', '-b', kafka.address, '-t', name, '-K', '\t', '-Z', '-z', codec, ...options]
    const { status, stderr } = spawnSync('kcat', [...args, ...headers.flatMap(each => ['-H', each])], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(status, stderr).toBe(0)
    const found = await readByWire(name, lines.length)
    const content = lines.map(line => {
      const [first, ...rest] = line.split('\t') as [string, ...string[]]
      const [key, value] = rest.length === 0 ? [null, first] : [first, rest[0]!]
      return [key === '' ? null : bytesOf(key), value === '' ? null : bytesOf(value)]
    })
    expect(found.map(each => [each.key, each.value])).toEqual(content)
    for (const each of found)
      expect(each.headers).toEqual([
        ['h', '1'],
        ['h', '2'],
        ['empty', ''],
        ['none', null],
        [bytesOf('naïve'), bytesOf('☂')],
      ])
    expect(found).toEqual(await readByKcat(name, '-X', 'isolation.level=read_committed'))
  })
})

describe('what Java writes, wire reads, byte for byte:', () => {
  it.each(codecs)('the console producer with %s, headers and nulls too', async codec => {
    const name = await topic(`from-java-${codec}`, 1)
    const lines = [
      ['h:1,h:2,naïve:☂', 'schlüssel', 'größe'],
      ['empty:,none:<null>', '<null>', 'no key'],
      ['a:b', 'gone', '<null>'],
      ['a:b', 'empty', ''],
      ['<null>', 'no headers', 'v'],
      ...Array.from({ length: 300 }, (_, i) => [`n:${i}`, `k${i % 7}`, `v${i} ${'x'.repeat(i)}`]),
    ] as const
    const args = [
      ...['--bootstrap-server', kafka.address, '--topic', name, '--compression-codec', codec],
      ...['parse.key=true', 'parse.headers=true', 'null.marker=<null>'].flatMap(each => ['--property', each]),
    ]
    const java = javaArgs('256m', `${tools}.ConsoleProducer`, args)
    const { status, stderr } = spawnSync('java', java, {
      input: `${lines.map(line => line.join('\t')).join('\n')}\n`,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, JAVA_TOOL_OPTIONS: '', LC_ALL: 'C.UTF-8' },
    })
    expect(status, stderr).toBe(0)
    const found = await readByWire(name, lines.length)
    const content = (told: string) => (told === '<null>' ? null : bytesOf(told))
    expect(found.map(each => [each.key, each.value, each.headers])).toEqual(
      lines.map(([headers, key, value]) => [
        content(key),
        content(value),
        headers === '<null>' ? [] : pairs(bytesOf(headers)!, ':', '<null>'),
      ]),
    )
    if (!noKcat) expect(found).toEqual(await readByKcat(name))
  })

  it('the idempotent producer, as it tells by itself', async () => {
    const name = await topic('from-java-idempotent', 3)
    const args = ['--bootstrap-server', kafka.address, '--topic', name, '--max-messages', '2000']
    const said = await runJavaTool(`${tools}.VerifiableProducer`, [...args, '--repeating-keys', '50'])
    const acks = said
      .split('\n')
      .filter(line => line.includes('"producer_send_success"'))
      .map(line => JSON.parse(line) as Omit<Told, 'headers' | 'timestamp'>)
    expect(acks).toHaveLength(2000)
    const place = ({ partition, offset, key, value }: Omit<Told, 'headers' | 'timestamp'>) =>
      `${partition}/${offset} ${key} ${value}`
    expect((await readByWire(name, 2000)).map(place).toSorted()).toEqual(acks.map(place).toSorted())
  })

  it('transactions, one of them left open by a producer that was killed', async () => {
    const name = await topic('from-java-transactions', 2)
    const perf = (count: number, ...more: string[]) =>
      javaArgs('256m', `${tools}.ProducerPerformance`, [
        ...['--topic', name, '--num-records', String(count), '--record-size', '100', ...more],
        ...['--transactional-id', 'java', '--producer-props', `bootstrap.servers=${kafka.address}`],
      ])
    const killed: ChildProcess = spawn(
      'java',
      perf(100_000, '--throughput', '2000', '--transaction-duration-ms', '300000'),
      { stdio: 'ignore' },
    )
    const ended = new Promise(resolve => killed.once('exit', resolve))
    const admin = await client.admin()
    const written = async () => (await admin.offsets(name)).reduce((a, b) => a + b, 0)
    try {
      await until('the first one writes', async () => (await written()) > 1000)
    } finally {
      killed.kill('SIGKILL')
      await ended
    }
    const open = await written()
    expect(await readByWire(name, 0)).toEqual([])
    await run('java', perf(5000, '--throughput', '-1', '--transaction-duration-ms', '20'))
    const committed = await readByWire(name, 5000)
    expect(committed).toHaveLength(5000)
    const all = await readByWire(name, open + 5000, 'read_uncommitted')
    expect(all.length).toBeGreaterThanOrEqual(open + 5000)
    if (!noKcat) expect(committed).toEqual(await readByKcat(name, '-X', 'isolation.level=read_committed'))
  })
})
