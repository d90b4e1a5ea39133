/** The embedded broker with other people's clients: what they write they read back, and their tools work. */
import { spawnSync } from 'node:child_process'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../plugins/broker/spawn.ts'
import { javaTool } from './real-kafka.ts'

const RECORDS = 3000
const tools = 'org.apache.kafka.tools'
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
const isCI = process.env['CI'] !== undefined && process.env['CI'] !== 'false'

let broker: BrokerProcess

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
})
afterAll(() => broker.close())

function kcat(args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync('kcat', ['-b', broker.address, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
    input: input ?? '',
  })
  if (status !== 0) throw new Error(`kcat ${args.join(' ')}: ${stderr}`)
  return stdout
}

function java(mainClass: string, args: readonly string[], input?: string): string {
  return javaTool(`${tools}.${mainClass}`, ['--bootstrap-server', broker.address, ...args], input)
}

/** Lines as a console client takes and gives them: key, tab, value. */
const lines = Array.from({ length: RECORDS }, (_, n) => `key-${n % 100}\tvalue ${n} ${'x'.repeat(n % 300)}`)
const text = `${lines.join('\n')}\n`
const contentOf = (line: string) => line.slice(line.indexOf('\t') + 1)

/** The records of each key, in their order. */
function byKey(records: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const record of records) (found[record.split('\t', 1)[0]!] ??= []).push(record)
  return found
}

function createTopic(topic: string, partitions: number): void {
  java('TopicCommand', ['--create', '--topic', topic, '--partitions', String(partitions)])
}

const hasKcat = spawnSync('kcat', ['-V']).status === 0
if (!hasKcat && isCI) {
  it('has kcat', () => {
    throw new Error('kcat is not installed, and its tests are not skipped in CI: apt-get install kcat')
  })
}
if (!hasKcat && !isCI)
  console.warn('skipped: kcat is not installed (apt-get install kcat), its tests did not run')
describe.skipIf(!hasKcat)('kcat', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'reads back what it wrote, compressed with %s',
    codec => {
      const topic = `kcat-${codec}`
      kcat(['-P', '-t', topic, '-K', '\t', '-z', codec], text)
      const read = kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%k\t%s\n'])
      expect(read.trimEnd().split('\n')).toEqual(lines)
    },
  )

  it('reads in a group, and the group goes on where it was', () => {
    kcat(['-P', '-t', 'kcat-group', '-K', '\t'], text)
    const group = ['-G', 'kcat-group-1', '-e', '-q', '-X', 'auto.offset.reset=earliest', '-f', '%k\t%s\n']
    expect(
      kcat([...group, 'kcat-group'])
        .trimEnd()
        .split('\n'),
    ).toEqual(lines)
    kcat(['-P', '-t', 'kcat-group', '-K', '\t'], 'late\trecord\n')
    expect(kcat([...group, 'kcat-group'])).toBe('late\trecord\n')
  })

  it('writes as an idempotent producer', () => {
    kcat(['-P', '-t', 'kcat-idempotent', '-K', '\t', '-X', 'enable.idempotence=true'], text)
    const read = kcat(['-C', '-t', 'kcat-idempotent', '-e', '-q', '-f', '%k\t%s\n'])
    expect(read.trimEnd().split('\n')).toEqual(lines)
  })

  it('shows brokers, topics and partitions, and finds offsets by time', () => {
    createTopic('kcat-shown', 3)
    const shown = JSON.parse(kcat(['-L', '-J', '-t', 'kcat-shown']))
    expect(shown.brokers).toEqual([{ id: 1, name: broker.address }])
    expect(shown.topics[0]).toMatchObject({ topic: 'kcat-shown' })
    const leaders = shown.topics[0].partitions.map((each: { leader: number }) => each.leader)
    expect(leaders).toEqual([1, 1, 1])
    kcat(['-P', '-t', 'kcat-shown', '-p', '1'], 'a\nb\n')
    expect(kcat(['-Q', '-t', 'kcat-shown:1:-1', '-t', 'kcat-shown:1:0'])).toContain('kcat-shown [1] offset ')
  })
})

describe('the Java clients and tools', () => {
  it('create, describe, extend and delete topics', () => {
    createTopic('java-made', 3)
    expect(java('TopicCommand', ['--list']).split('\n')).toContain('java-made')
    java('TopicCommand', ['--alter', '--topic', 'java-made', '--partitions', '5'])
    const described = java('TopicCommand', ['--describe', '--topic', 'java-made'])
    expect(described).toContain('PartitionCount: 5\tReplicationFactor: 1')
    expect(described.match(/Leader: 1\tReplicas: 1\tIsr: 1/g)).toHaveLength(5)
    java('TopicCommand', ['--delete', '--topic', 'java-made'])
    expect(java('TopicCommand', ['--list']).split('\n')).not.toContain('java-made')
    const twice = ['--create', '--topic', 'java-twice']
    java('TopicCommand', twice)
    expect(() => java('TopicCommand', twice)).toThrow("Topic 'java-twice' already exists.")
  })

  it('measure their throughput, and all records are there', () => {
    createTopic('java-perf', 4)
    const count = 50_000
    const producer = ['acks=all', 'compression.type=lz4', `bootstrap.servers=${broker.address}`]
    const produced = javaTool(`${tools}.ProducerPerformance`, [
      ...[
        '--topic',
        'java-perf',
        '--num-records',
        String(count),
        '--record-size',
        '200',
        '--throughput',
        '-1',
      ],
      ...['--producer-props', ...producer],
    ])
    expect(produced).toContain(`${count} records sent`)
    const ends = java('GetOffsetShell', ['--topic', 'java-perf']).trim().split('\n')
    expect(ends).toHaveLength(4)
    expect(ends.reduce((sum, line) => sum + Number(line.split(':')[2]), 0)).toBe(count)
    const consumed = java('ConsumerPerformance', ['--topic', 'java-perf', '--messages', String(count)])
    expect(Number(consumed.trim().split('\n').at(-1)?.split(', ')[4])).toBe(count)
  })

  it('read back what the console producer wrote, in a group, once', () => {
    createTopic('java-console', 3)
    java('ConsoleProducer', ['--topic', 'java-console', '--property', 'parse.key=true'], text)
    const group = ['--topic', 'java-console', '--group', 'java-console-group', '--timeout-ms', '8000']
    const keys = ['--property', 'print.key=true', '--from-beginning']
    const args = [...group, ...keys, '--max-messages', String(RECORDS)]
    const read = java('consumer.ConsoleConsumer', args).trimEnd().split('\n')
    expect(byKey(read)).toEqual(byKey(lines))
    const described = java('consumer.group.ConsumerGroupCommand', [
      '--describe',
      '--group',
      'java-console-group',
    ])
    const lags = [...described.matchAll(/java-console +\d+ +(\d+) +(\d+) +(\d+)/g)]
    expect(lags).toHaveLength(3)
    expect(lags.reduce((sum, [, committed]) => sum + Number(committed), 0)).toBe(RECORDS)
    expect(lags.map(([, , , lag]) => lag)).toEqual(['0', '0', '0'])
    // The group goes on where it was: the one record that is new.
    java('ConsoleProducer', ['--topic', 'java-console', '--property', 'parse.key=true'], 'late\trecord\n')
    const late = java('consumer.ConsoleConsumer', [...group, ...keys, '--max-messages', '1'])
    expect(late).toBe('late\trecord\n')
  })
})

describe('kafkajs', () => {
  const kafka = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

  async function consumeAll(topic: string, groupId: string, count: number): Promise<string[]> {
    const consumer = kafka().consumer({ groupId, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const read: string[] = []
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', event => reject(event.payload.error))
      void consumer.run({
        eachMessage: async ({ message }) => {
          read.push(`${message.key}\t${message.value}`)
          if (read.length === count) resolve()
        },
      })
    })
    await consumer.disconnect()
    return read
  }

  it('reads back what it wrote, each key in order', async () => {
    createTopic('kafkajs', 4)
    const producer = kafka().producer()
    await producer.connect()
    for (let at = 0; at < RECORDS; at += 500) {
      const messages = lines
        .slice(at, at + 500)
        .map(each => ({ key: each.split('\t', 1)[0]!, value: contentOf(each) }))
      await producer.send({ topic: 'kafkajs', acks: -1, messages })
    }
    await producer.disconnect()
    expect(byKey(await consumeAll('kafkajs', 'kafkajs-group', RECORDS))).toEqual(byKey(lines))
  })

  it('reads what the Java producer wrote, and the Java consumer what it wrote', async () => {
    createTopic('both', 1)
    java('ConsoleProducer', ['--topic', 'both', '--property', 'parse.key=true'], text)
    expect(await consumeAll('both', 'both-kafkajs', RECORDS)).toEqual(lines)
    createTopic('back', 1)
    const producer = kafka().producer()
    await producer.connect()
    const messages = lines.map(each => ({ key: each.split('\t', 1)[0]!, value: contentOf(each) }))
    await producer.send({ topic: 'back', messages })
    await producer.disconnect()
    const args = ['--topic', 'back', '--from-beginning', '--max-messages', String(RECORDS)]
    expect(java('consumer.ConsoleConsumer', args).trimEnd().split('\n')).toEqual(lines.map(contentOf))
  })
})
