/** How each client is started, with the same settings for all. */
import { fileURLToPath } from 'node:url'
import { fetchJars } from '../../compat/java.ts'
import type { Client } from './client.ts'

export interface Work {
  readonly brokers: string
  readonly topic: string
  readonly partitions: number
  /** Bytes of a value. */
  readonly size: number
  /** Different keys, as decimal digits; 0: keyless. */
  readonly keys: number
  /** Records/s; undefined: as many as it can. */
  readonly rate?: number
  /** s it takes altogether, and the part of them that is left out. */
  readonly seconds: number
  readonly warmup: number
}
export type Start = (work: Work) => Client

/** The same for every client; the engine's own defaults but for acks and the batch. */
export const SETTINGS = {
  acks: 1,
  lingerMs: 5,
  batchBytes: 128 * 1024,
  inFlight: 5,
  /** What a producer may hold, where the client has such a bound. */
  bufferBytes: 32 * 1024 * 1024,
  bufferRecords: 250_000,
  fetchPartitionBytes: 1024 * 1024,
} as const

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const FOREVER = 2 ** 40

/** A line that is a number, or three: records, and perhaps µs of CPU. */
const numbers = () => (line: string) => {
  const [, records, cpuUs] = /^(\d+)(?: (\d+) \d+)?$/.exec(line) ?? []
  if (records === undefined) return undefined
  return { records: Number(records), ...(cpuUs === undefined ? {} : { cpuUs: Number(cpuUs) }) }
}

interface EngineOptions {
  /** Folder of the run's files. */
  readonly out: string
  /** Flags that name its topic. */
  readonly topic: readonly string[]
  readonly count?: 'acked' | 'consumed'
  readonly rate?: string
  readonly env?: Readonly<Record<string, string>>
}
/** `loadtest run` with a configuration of this folder; what the plugin `told` says is read. */
export const engine =
  (config: string, { out, topic, count = 'acked', rate, env = {} }: EngineOptions): Start =>
  ({ brokers, size, seconds, warmup }) => ({
    command: process.execPath,
    args: [
      ...[here('../../../core/cli/loadtest.js'), 'run', '--config', here(`./${config}.config.ts`)],
      ...['--brokers', brokers, '--driver', 'wire', ...topic, '--allow-tainted'],
      ...['--threads', '1', '--producers', '1', '--size', `${size}B`],
      ...['--producer.acks', `${SETTINGS.acks}`, '--producer.linger', `${SETTINGS.lingerMs}ms`],
      ...['--producer.batch-size', `${SETTINGS.batchBytes}B`],
      ...['--producer.max-in-flight', `${SETTINGS.inFlight}`],
      ...(rate === undefined ? [] : ['--rate', rate]),
      ...['--warmup', `${warmup}s`, '--duration', `${seconds - warmup}s`, '--out', out],
    ],
    env,
    reader: () => line => {
      const [, acked, consumed, cpuUs] = /peers (\d+) (\d+) (\d+)$/.exec(line) ?? []
      if (cpuUs === undefined) return undefined
      return { records: Number(count === 'acked' ? acked : consumed), cpuUs: Number(cpuUs) }
    },
  })

const LIBRDKAFKA_PRODUCER = {
  acks: SETTINGS.acks,
  'linger.ms': SETTINGS.lingerMs,
  'batch.size': SETTINGS.batchBytes,
  'max.in.flight': SETTINGS.inFlight,
  'queue.buffering.max.messages': 500_000,
  partitioner: 'murmur2_random',
}
const LIBRDKAFKA_CONSUMER = {
  'queued.min.messages': 1_000_000,
  'fetch.message.max.bytes': SETTINGS.fetchPartitionBytes,
  'check.crcs': false,
  'enable.partition.eof': true,
}
const librdkafkaSettings = (brokers: string, settings: object) =>
  Object.entries({ 'bootstrap.servers': brokers, ...settings }).flatMap(([k, v]) => ['-X', `${k}=${v}`])

export const librdkafka: Start = ({ brokers, topic, partitions, size, keys, rate, seconds }) => ({
  command: here('./build/librdkafka'),
  args: [
    ...['-P', '-t', topic, '-p', `${partitions}`, '-s', `${size}`, '-k', `${keys}`, '-d', `${seconds}`],
    ...(rate === undefined ? [] : ['-r', `${rate}`]),
    ...librdkafkaSettings(brokers, LIBRDKAFKA_PRODUCER),
  ],
  reader: numbers,
})
export const librdkafkaConsumer: Start = ({ brokers, topic, partitions, seconds }) => ({
  command: here('./build/librdkafka'),
  args: [
    ...['-C', '-t', topic, '-p', `${partitions}`, '-d', `${seconds}`],
    ...librdkafkaSettings(brokers, LIBRDKAFKA_CONSUMER),
  ],
  reader: numbers,
})

/** As Kafka's own scripts start the perf tools: 512 MiB, G1, the server's compiler. */
const JVM = ['-Xmx512M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20']
const java = (mainClass: string, args: readonly string[]) => ({
  command: 'java',
  args: [...JVM, '-cp', fetchJars(), `org.apache.kafka.tools.${mainClass}`, ...args],
  endless: true,
})

/** It has no keys; it tells the records of each five seconds. */
export const javaProducer: Start = ({ brokers, topic, size, rate = -1 }) => ({
  ...java('ProducerPerformance', [
    ...['--topic', topic, '--num-records', `${FOREVER}`, '--throughput', `${rate}`],
    ...['--record-size', `${size}`, '--producer-props', `bootstrap.servers=${brokers}`],
    ...[`acks=${SETTINGS.acks}`, 'enable.idempotence=false', `linger.ms=${SETTINGS.lingerMs}`],
    ...[`batch.size=${SETTINGS.batchBytes}`, `buffer.memory=${SETTINGS.bufferBytes}`],
    `max.in.flight.requests.per.connection=${SETTINGS.inFlight}`,
  ]),
  reader: () => {
    let records = 0
    return line => {
      const sent = /^(\d+) records sent, .*latency\.?$/.exec(line)?.[1]
      if (sent === undefined) return undefined
      records += Number(sent)
      return { records }
    }
  },
})
export const javaConsumer: Start = ({ brokers, topic }) => ({
  ...java('ConsumerPerformance', [
    ...['--bootstrap-server', brokers, '--topic', topic, '--messages', `${FOREVER}`],
    ...['--fetch-size', `${SETTINGS.fetchPartitionBytes}`],
    ...['--show-detailed-stats', '--hide-header', '--reporting-interval', '1000', '--timeout', '5000'],
  ]),
  reader: () => line => {
    const records = /^\d{4}-[^,]+, \d+, [\d.]+, [\d.]+, (\d+), /.exec(line)?.[1]
    return records === undefined ? undefined : { records: Number(records) }
  },
})

export const franzGo: Start = ({ brokers, topic, size, keys, seconds }) => ({
  command: here('./build/franz-go'),
  args: [
    ...[
      '-brokers',
      brokers,
      '-topic',
      topic,
      '-size',
      `${size}`,
      '-keys',
      `${keys}`,
      '-seconds',
      `${seconds}`,
    ],
    ...['-linger', `${SETTINGS.lingerMs}ms`, '-batch', `${SETTINGS.batchBytes}`],
    ...['-in-flight', `${SETTINGS.inFlight}`, '-buffered', `${SETTINGS.bufferRecords}`],
  ],
  reader: numbers,
})
export const franzGoConsumer: Start = ({ brokers, topic, seconds }) => ({
  command: here('./build/franz-go'),
  args: ['-consume', '-brokers', brokers, '-topic', topic, '-seconds', `${seconds}`],
  reader: numbers,
})

const script =
  (name: string): Start =>
  ({ brokers, topic, size, seconds }) => ({
    command: process.execPath,
    args: [
      ...[here(`./${name}.ts`), '--brokers', brokers, '--topic', topic, '--size', `${size}`],
      ...[
        '--seconds',
        `${seconds}`,
        '--batch',
        `${SETTINGS.batchBytes}`,
        '--in-flight',
        `${SETTINGS.inFlight}`,
      ],
    ],
    reader: numbers,
  })
export const kafkajs = script('kafkajs')
export const platformatic = script('platformatic')

/** For the page: without what names a place or a moment. */
export function shown({ command, args }: Client): string {
  const dull = new Set([
    '-cp',
    '--out',
    '--brokers',
    '-brokers',
    '--bootstrap-server',
    '-t',
    '--topic',
    '-topic',
  ])
  const kept = args.filter((arg, i) => !dull.has(arg) && !dull.has(args[i - 1] ?? ''))
  return [command, ...kept]
    .map(part => (part.startsWith('/') ? part.split('/').at(-1) : part))
    .filter(part => !part?.startsWith('bootstrap.servers='))
    .join(' ')
    .replaceAll(' -X -X', ' -X')
}
