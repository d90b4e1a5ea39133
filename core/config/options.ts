/** Every option, once: flags, variables, defaults, checks and the reference page are made from this table. */
import { isPlain } from './plain.ts'
import { scale } from './scale.ts'
import { certificates, privateKey, secret } from './security.ts'
import { durationInUs, rateOf, sizeInBytes } from './units.ts'

/** What an option takes. */
export interface Kind {
  readonly expected: string
  /** The value in the engine's units, undefined for what is not taken. What is wrong inside of a value is told to `no`. */
  readonly read: (value: unknown, no: InnerFail) => unknown
  /** For help texts; none: a switch. */
  readonly metavar?: string
  /** What the engine's name of such a value ends in. */
  readonly suffix?: string
  /** Keys of which it has one, by flags and variables too. */
  readonly parts?: readonly string[]
}
export type InnerFail = (key: string, value: unknown, expected: string) => void
export interface Option {
  /** Dotted: `producer.linger`. */
  readonly path: string
  readonly kind: Kind
  /** As a user would write it; undefined: none. */
  readonly default?: unknown
  readonly about: string
  /** May differ from stream to stream. */
  readonly stream: boolean
  /** Where the engine has it: `producer.lingerUs`. */
  readonly field: string
}

const US_MAX = 7 * 86_400e6
/** Records or bytes a second. */
const RATE_MAX = 1e12
const duration = (low: string): Kind => ({
  suffix: 'Us',
  metavar: 'duration',
  expected: `a duration from ${low} to 7d, such as '500ms' or 2 (seconds)`,
  read: v => between(durationInUs(v), durationInUs(low) as number, US_MAX),
})
const size = (low: string, high: string): Kind => ({
  metavar: 'size',
  expected: `a size from ${low} to ${high}, such as '8KiB' or 800 (bytes)`,
  read: v => between(sizeInBytes(v), sizeInBytes(low) as number, sizeInBytes(high) as number),
})
const whole = (low: number, high: number): Kind => ({
  metavar: 'n',
  expected: `a whole number from ${low} to ${high}`,
  read: v => between(numberOf(v), low, high),
})
/** A text stands for the value it names; any other value for itself. */
const among = (values: Readonly<Record<string, unknown>>) => (v: unknown) =>
  Object.entries(values).find(([name, value]) => (typeof v === 'string' ? v === name : v === value))?.[1]
const choice = (...of: string[]): Kind => ({
  metavar: of.join('|'),
  expected: `one of ${of.join(', ')}`,
  read: among(Object.fromEntries(of.map(name => [name, name]))),
})
const acks: Kind = { ...choice('0', '1', 'all'), read: among({ 0: 0, 1: 1, all: -1, '-1': -1 }) }
const mechanisms = choice('plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer')
const isolation = choice('read_committed', 'read_uncommitted')
const assignors = choice('range', 'roundrobin', 'cooperative-sticky')
const commit: Kind = {
  metavar: 'duration|poll|off',
  expected: "'poll', 'off', '1000 records' or a duration from 1ms to 7d, such as '5s'",
  read: v => {
    if (v === 'poll' || v === 'off') return { commitUs: 0, ...(v === 'poll' ? { commitAfter: 1 } : {}) }
    const records = typeof v === 'string' ? /^\s*([1-9]\d{0,8})\s*records\s*$/.exec(v)?.[1] : undefined
    if (records !== undefined) return { commitUs: 0, commitAfter: Number(records) }
    const commitUs = duration('1ms').read(v, () => undefined)
    return commitUs === undefined ? undefined : { commitUs }
  },
}
const flag: Kind = {
  expected: 'true or false',
  read: among({ true: true, false: false, 1: true, 0: false }),
}
const text: Kind = {
  metavar: 'name',
  expected: 'a text',
  read: v => (typeof v === 'string' && v !== '' ? v : undefined),
}
const legalName: Kind = {
  metavar: 'name',
  expected: 'a name of 1 to 249 letters, digits, dots, dashes and underscores',
  read: v => (typeof v === 'string' && /^(?!\.{1,2}$)[\w.-]{1,249}$/.test(v) ? v : undefined),
}
const address = /^(\[[\da-fA-F:.]+\]|[^\s:[\]]+):(\d{1,5})$/
const brokers: Kind = {
  metavar: 'host:port,…',
  expected: "a list of addresses such as ['kafka-1:9092', 'kafka-2:9092']",
  read: (v, no) => {
    const list = typeof v === 'string' ? v.split(',').map(s => s.trim()) : v
    if (!Array.isArray(list)) return undefined
    for (const [i, a] of list.entries()) {
      const port = typeof a === 'string' ? Number(address.exec(a)?.[2]) : Number.NaN
      if (!between(port, 1, 65_535)) no(String(i), a, "host:port, such as 'kafka-1:9092'")
    }
    return list
  },
}
const threads: Kind = {
  metavar: 'n|auto',
  expected: "'auto' or a whole number from 1 to 1024",
  read: v => (v === 'auto' ? v : between(numberOf(v), 1, 1024)),
}
const rate: Kind = {
  metavar: 'rate',
  expected:
    "a rate above 0 such as '5k/s', '80 MB/s' or 5000, 'max', 'fed', or stages [{ rate, for, ramp? }]",
  read: (v, no) => {
    if (v === 'max' || v === 'fed') return { kind: v }
    if (Array.isArray(v)) {
      const stages = v.map((stage: unknown, i) => stageOf(stage, (key, ...rest) => no(`${i}${key}`, ...rest)))
      return stages.some(s => s?.rate) ? { kind: 'stages', stages } : undefined
    }
    const read = rateOf(v)
    return read && between(read.rate, Number.MIN_VALUE, RATE_MAX) ? { kind: 'constant', ...read } : undefined
  },
}
function stageOf(stage: unknown, no: InnerFail) {
  if (!isPlain(stage)) return void no('', stage, "a stage such as { rate: '5k/s', for: '30s' }")
  const { rate, for: length, ramp = false, ...odd } = stage
  const [read, us] = [rateOf(rate), between(durationInUs(length), 1, US_MAX)]
  if (between(read?.rate, 0, RATE_MAX) === undefined)
    no('.rate', rate, "a rate such as '5k/s', '80 MB/s' or 0")
  if (us === undefined) no('.for', length, "the stage's length, such as '30s' or 30 (seconds), at most 7d")
  if (typeof ramp !== 'boolean') no('.ramp', ramp, 'true or false')
  for (const [key, value] of Object.entries(odd)) no(`.${key}`, value, 'rate, for or ramp')
  return { ...read, us, ramp }
}
/** As YAML has it, a setting may be a number or a boolean: Kafka takes texts. */
const configs: Kind = {
  expected: "an object of texts such as { 'min.insync.replicas': '2' }",
  read: (v, no) => {
    if (!isPlain(v)) return undefined
    const texts = Object.entries(v).map(([key, value]) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) no(key, value, 'a text')
      return [key, String(value)]
    })
    return Object.fromEntries(texts)
  },
}

const option =
  (stream: boolean) =>
  (path: string, kind: Kind, about: string, value?: unknown, field = path + (kind.suffix ?? '')): Option => ({
    ...{ path, kind, about, field, stream },
    default: value,
  })
const BUFFER = "bound on what a producer holds; more is dropped(backlog). 'max' holds what fills requests"
const SESSION = 'of silence, after which a classic group gives a member up; none: 30s'
const [run, stream] = [option(false), option(true)]

export const options: readonly Option[] = [
  run('brokers', brokers, 'where to connect; none: the embedded broker', []),
  run('driver', text, 'plugin that talks to the broker'),
  run('warmup', duration('0s'), 'first part of the schedule, outside the headline figures', '2s'),
  run('duration', duration('1ms'), 'measured part of the schedule; stages have their own', '10s'),
  run('timeout', duration('1ms'), 'for every operation', '30s'),
  run('threads', threads, 'worker threads; auto: cores − 1, at least 1', 'auto'),
  run('seed', whole(0, 2 ** 32 - 1), 'of all randomness: same seed, same traffic', 1),
  run('scale', scale, 'times every rate, and the number of producers and consumers', 1),
  run('out', text, "folder of the run's files (default loadtest-results/<start time>)"),
  run('allowTainted', flag, 'tainted figures do not fail the run', false),
  run('tls.enabled', flag, 'speak TLS; every other option of tls asks for it too'),
  run('tls.ca', certificates, 'authorities to trust (default those that Node brings)'),
  run('tls.cert', certificates, 'our own certificate, for brokers that ask for one'),
  run('tls.key', privateKey, 'its private key'),
  run('tls.servername', text, 'name that certificates of brokers have to show (default the host)'),
  run('tls.rejectUnauthorized', flag, 'verify certificates of brokers (default true)'),
  run('sasl.mechanism', mechanisms, 'how to authenticate'),
  run('sasl.username', text, 'who we are, except by oauthbearer'),
  run('sasl.password', secret, 'where our password is, except by oauthbearer'),
  run('sasl.token', secret, 'where our token is, by oauthbearer; read again for each authentication'),
  stream('topic.name', legalName, 'topic; none: one of its own for the run'),
  stream('topic.partitions', whole(1, 100_000), 'of a topic that the run makes', 4),
  stream('topic.replicationFactor', whole(1, 32_767), 'of a topic that the run makes', 1),
  stream('topic.existing', flag, 'write to a topic that is there, and keep it', false),
  stream('topic.configs', configs, 'settings of a topic that the run makes', {}),
  stream('rate', rate, "records or bytes a second, 'max', stages, or 'fed' by a plugin", '5k/s'),
  stream('size', size('0B', '64MiB'), 'of a value; where sizeFor starts from', '100B'),
  stream('producers', whole(0, 100_000), 'producers of the stream; 0: it only reads', 1),
  stream('producer.acks', acks, 'acknowledgements to wait for', 'all'),
  stream('producer.idempotent', flag, "the driver's idempotent producer; needs acks all", false),
  stream(
    'producer.transactionalId',
    text,
    'prefix of the ids of transactional producers, <prefix>-<stream>-<n>; none: one of its own for the run',
  ),
  stream('producer.compression', choice('none', 'gzip', 'snappy', 'lz4', 'zstd'), 'of batches', 'none'),
  stream('producer.compressionLevel', whole(-131_072, 22), 'of gzip (1 to 9) or zstd; none: its default'),
  stream('producer.linger', duration('0s'), 'how long a batch waits for company', '5ms'),
  stream('producer.batchSize', size('1B', '64MiB'), 'closes a batch', '64KiB', 'producer.batchBytes'),
  stream('producer.batchRecords', whole(1, 1_000_000), 'closes a batch too', 1_000_000),
  stream('producer.maxInFlight', whole(1, 1000), 'requests under way at once, each connection', 5),
  stream('producer.connections', whole(1, 64), 'to each broker; a partition stays on one of them', 1),
  stream('producer.buffer', size('1B', '64GiB'), BUFFER, '32MiB', 'producer.bufferBytes'),
  stream('producer.bufferRecords', whole(1, 100_000_000), 'the same bound in records', 250_000),
  stream(
    'producer.deliveryTimeout',
    duration('1ms'),
    'after which a record without an answer is given up',
    '30s',
  ),
  stream('consumers.count', whole(0, 100_000), 'members of each consumer group; 0: nobody reads', 1),
  stream('consumers.groups', whole(1, 1000), 'groups, each of which reads all: NAME-0, NAME-1, …', 1),
  stream('consumers.group', legalName, 'group; none: one of its own for the run'),
  stream('consumers.protocol', choice('classic', 'consumer'), 'of the group (consumer: KIP-848)', 'classic'),
  stream('consumers.isolation', isolation, 'isolation level', 'read_uncommitted'),
  stream('consumers.from', choice('latest', 'earliest'), 'where a group without offsets begins', 'latest'),
  stream('consumers.assignor', assignors, 'of a classic group; none: range, or what the driver has'),
  stream('consumers.instance', legalName, 'makes members static: NAME-0, NAME-1, …'),
  stream('consumers.commit', commit, 'when what was read is committed; off: never', '5s', 'consumers'),
  stream('consumers.sessionTimeout', duration('1s'), SESSION),
  stream(
    'consumers.fetch.minBytes',
    size('0B', '1GiB'),
    'that a broker waits for; none: as the driver has it',
  ),
  stream('consumers.fetch.maxWait', duration('0s'), 'that it waits at most; none: likewise'),
  stream('consumers.fetch.maxBytes', size('1B', '64MiB'), 'of an answer; none: likewise'),
  stream(
    'consumers.fetch.maxPartitionBytes',
    size('1B', '1GiB'),
    'of an answer from one partition; none: likewise',
  ),
  stream('stamp', choice('auto', 'header', 'value', 'off'), 'where a record carries its times', 'auto'),
]

/** What flags and variables set. */
export const settable: readonly string[] = options.flatMap(({ path, kind: { parts = [] } }) => [
  path,
  ...parts.map(part => `${path}.${part}`),
])
/** Options that are an object of one of their parts. */
export const oneOfParts: readonly string[] = options.filter(o => o.kind.parts).map(o => o.path)
/** Groups that may be written short: `topic: 'orders'`, `consumers: 4`, `tls: true`. */
export const shorthands: Readonly<Record<string, string>> = {
  topic: 'name',
  consumers: 'count',
  tls: 'enabled',
}
/** Not options of a value each, but keys all the same. */
export const runKeys = ['extends', 'streams', 'plugins', 'thresholds']
export const streamKeys = ['plugins', 'thresholds']

/** `producer.batchSize` → LOADTEST_PRODUCER_BATCH_SIZE */
export function variableOf(path: string): string {
  return `LOADTEST_${path
    .replace(/[A-Z]/g, c => `_${c}`)
    .replaceAll('.', '_')
    .toUpperCase()}`
}

/** `producer.batchSize` → --producer.batch-size */
export function flagOf(path: string): string {
  return `--${path.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)}`
}
/** What a flag or a variable holds: lists and objects are written as JSON. */
export function fromText(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text // the option says what it expects
  }
}

function between(n: number | undefined, low: number, high: number): number | undefined {
  return n !== undefined && n >= low && n <= high ? n : undefined
}
function numberOf(v: unknown): number | undefined {
  const n = typeof v === 'string' && /^-?\d+$/.test(v) ? Number(v) : v
  return Number.isSafeInteger(n) ? (n as number) : undefined
}
