/** Kafka's own Java clients and tools at the embedded broker. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerProcess, spawnBroker } from '../../../plugins/broker/spawn.ts'
import { javaTool } from '../real-kafka.ts'
import { byKey, contentOf, createTopic, java, lines, linesOf, RECORDS, text, tools } from './clients.ts'

let broker: BrokerProcess

beforeAll(async () => {
  broker = await spawnBroker({ port: 0 })
})
afterAll(() => broker.close())

describe('the Java clients and tools', () => {
  it('create, describe, extend and delete topics', () => {
    createTopic(broker, 'java-made', 3)
    expect(java(broker, 'TopicCommand', ['--list']).split('\n')).toContain('java-made')
    java(broker, 'TopicCommand', ['--alter', '--topic', 'java-made', '--partitions', '5'])
    const described = java(broker, 'TopicCommand', ['--describe', '--topic', 'java-made'])
    expect(described).toContain('PartitionCount: 5\tReplicationFactor: 1')
    expect(described.match(/Leader: 1\tReplicas: 1\tIsr: 1/g)).toHaveLength(5)
    java(broker, 'TopicCommand', ['--delete', '--topic', 'java-made'])
    expect(java(broker, 'TopicCommand', ['--list']).split('\n')).not.toContain('java-made')
    const twice = ['--create', '--topic', 'java-twice']
    java(broker, 'TopicCommand', twice)
    expect(() => java(broker, 'TopicCommand', twice)).toThrow("Topic 'java-twice' already exists.")
  })

  it('measure their throughput, and all records are there', () => {
    createTopic(broker, 'java-perf', 4)
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
    const ends = java(broker, 'GetOffsetShell', ['--topic', 'java-perf']).trim().split('\n')
    expect(ends).toHaveLength(4)
    expect(ends.reduce((sum, line) => sum + Number(line.split(':')[2]), 0)).toBe(count)
    const consumed = java(broker, 'ConsumerPerformance', [
      '--topic',
      'java-perf',
      '--messages',
      String(count),
    ])
    expect(Number(consumed.trim().split('\n').at(-1)?.split(', ')[4])).toBe(count)
  })

  it('read back what the console producer wrote, in a group, once', () => {
    createTopic(broker, 'java-console', 3)
    java(broker, 'ConsoleProducer', ['--topic', 'java-console', '--property', 'parse.key=true'], text)
    const group = ['--topic', 'java-console', '--group', 'java-console-group', '--timeout-ms', '8000']
    const keys = ['--property', 'print.key=true', '--from-beginning']
    const args = [...group, ...keys, '--max-messages', String(RECORDS)]
    const read = java(broker, 'consumer.ConsoleConsumer', args).trimEnd().split('\n')
    expect(byKey(read)).toEqual(byKey(lines))
    const described = java(broker, 'consumer.group.ConsumerGroupCommand', [
      '--describe',
      '--group',
      'java-console-group',
    ])
    const lags = [...described.matchAll(/java-console +\d+ +(\d+) +(\d+) +(\d+)/g)]
    expect(lags).toHaveLength(3)
    expect(lags.reduce((sum, [, committed]) => sum + Number(committed), 0)).toBe(RECORDS)
    expect(lags.map(([, , , lag]) => lag)).toEqual(['0', '0', '0'])
    // The group goes on where it was: the one record that is new.
    java(
      broker,
      'ConsoleProducer',
      ['--topic', 'java-console', '--property', 'parse.key=true'],
      'late\trecord\n',
    )
    const late = java(broker, 'consumer.ConsoleConsumer', [...group, ...keys, '--max-messages', '1'])
    expect(late).toBe('late\trecord\n')
  })

  it('write in transactions', () => {
    createTopic(broker, 'java-transactions', 3)
    const count = 20_000
    const produced = javaTool(`${tools}.ProducerPerformance`, [
      ...['--topic', 'java-transactions', '--num-records', String(count), '--record-size', '100'],
      ...['--throughput', '20000', '--transactional-id', 'java-perf', '--transaction-duration-ms', '100'],
      ...['--producer-props', `bootstrap.servers=${broker.address}`],
    ])
    expect(produced).toContain(`${count} records sent`)
    const read = ['--topic', 'java-transactions', '--from-beginning', '--timeout-ms', '5000']
    const all = [...read, '--max-messages', String(count), '--isolation-level', 'read_committed']
    expect(linesOf(java(broker, 'consumer.ConsoleConsumer', all))).toHaveLength(count)
    const ends = linesOf(java(broker, 'GetOffsetShell', ['--topic', 'java-transactions']))
    // the markers have offsets too
    expect(ends.reduce((sum, line) => sum + Number(line.split(':')[2]), 0)).toBeGreaterThan(count)
  })

  it.each([
    ['a group', ['--group-mode', '--use-group-metadata']],
    ['an assigned partition', []],
  ])('copy exactly once, with aborts, from %s', (name, mode) => {
    const [from, to] = name === 'a group' ? ['copy-from', 'copy-to'] : ['assign-from', 'assign-to']
    createTopic(broker, from, 1)
    createTopic(broker, to, 1)
    java(broker, 'ConsoleProducer', ['--topic', from], `${lines.map(contentOf).join('\n')}\n`)
    javaTool(`${tools}.TransactionalMessageCopier`, [
      ...['--broker-list', broker.address, '--input-topic', from, '--input-partition', '0'],
      ...['--output-topic', to, '--transactional-id', `copier-${to}`, '--consumer-group', `group-${to}`],
      ...['--transaction-size', '100', '--enable-random-aborts', ...mode],
    ])
    const read = ['--topic', to, '--from-beginning', '--timeout-ms', '5000', '--isolation-level']
    const committed = linesOf(java(broker, 'consumer.ConsoleConsumer', [...read, 'read_committed']))
    expect(committed).toEqual(lines.map(contentOf))
    const described = java(broker, 'consumer.group.ConsumerGroupCommand', [
      ...['--describe', '--group', `group-${to}`],
    ])
    expect(described).toMatch(new RegExp(`${from} +0 +${RECORDS} +${RECORDS} +0`))
  })
})
