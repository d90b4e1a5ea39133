/** What this driver cannot do, said before anything is connected. */
import {
  ConfigError,
  type ConsumerOptions,
  type Fault,
  type ProducerOptions,
  type ResolvedConfig,
} from '../../../core/plugin.ts'
import { libraryOf } from './compression/library.ts'

/** Levels that a codec has. */
const LEVELS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  gzip: [1, 9],
  zstd: [-131_072, 22],
}

/** A broker knows an idempotent producer's last five batches of a partition. */
const MOST_IDEMPOTENT = 5

/** @throws ConfigError naming everything that the wire driver cannot do, of all streams. */
export function checkConfig({ streams, timeoutUs }: ResolvedConfig): void {
  refuse(
    streams.flatMap(({ name, producer, consumers }) => {
      const faults = [
        ...producerFaults(producer),
        ...(consumers.count > 0 ? consumerFaults({ ...consumers, timeoutUs }) : []),
      ]
      const prefix = streams.length > 1 ? `streams.${name}.` : ''
      return faults.map(fault => ({ ...fault, path: prefix + fault.path }))
    }),
  )
}

/** The same for a producer that a plugin asks for. @throws ConfigError */
export function checkProducer(options: ProducerOptions): void {
  const { settings, transactionalId } = asMeant(options)
  const why = transactionalId === undefined ? 'producer.idempotent is set' : 'the producer has transactions'
  const faults = producerFaults(settings, why)
  if (transactionalId === '')
    faults.push({
      path: 'transactionalId',
      value: transactionalId,
      expected: 'a name of at least one character',
      hint: 'name the transactional id, or leave it out',
    })
  refuse(faults)
}

/** The same for a consumer that a plugin asks for. @throws ConfigError */
export function checkConsumer(options: ConsumerOptions): void {
  refuse(consumerFaults(options))
}

/** Makes a producer's codec ready. @throws ConfigError when there is none on this platform. */
export async function loadCompression({ compression }: ProducerOptions['settings']): Promise<void> {
  const library = libraryOf(compression)
  await library?.load()
  if (library?.failure === undefined) return
  refuse([
    {
      path: 'producer.compression',
      value: compression,
      expected: 'a compression that there is on this platform',
      hint: `${library.failure.message}; choose none, gzip or zstd`,
    },
  ])
}

/** The settings as they are meant: transactions need idempotence. */
export function asMeant(options: ProducerOptions): ProducerOptions {
  if (options.transactionalId === undefined) return options
  return { ...options, settings: { ...options.settings, idempotent: true } }
}

function producerFaults(settings: ProducerOptions['settings'], why = 'producer.idempotent is set'): Fault[] {
  const { acks, idempotent, maxInFlight, compression, compressionLevel } = settings
  const remedy = why === 'producer.idempotent is set' ? ', or leave out producer.idempotent' : ''
  const faults: Fault[] = []
  if (idempotent && acks !== -1)
    faults.push({
      path: 'producer.acks',
      value: acks,
      expected: `'all', since ${why}`,
      hint: `set producer.acks to all${remedy}`,
    })
  if (idempotent && maxInFlight > MOST_IDEMPOTENT)
    faults.push({
      path: 'producer.maxInFlight',
      value: maxInFlight,
      expected: `at most ${MOST_IDEMPOTENT}, since ${why}`,
      hint: `a broker tells duplicates among the last ${MOST_IDEMPOTENT} batches only: set producer.maxInFlight to ${MOST_IDEMPOTENT}`,
    })
  if (compressionLevel !== undefined) faults.push(...levelFaults(compression, compressionLevel))
  return faults
}

function levelFaults(compression: string, level: number): Fault[] {
  const [path, range] = ['producer.compressionLevel', LEVELS[compression]]
  if (range === undefined)
    return [
      {
        path,
        value: level,
        expected: `to be left out, since producer.compression is ${compression}, which has no levels here`,
        hint: 'leave it out, or set producer.compression to gzip or zstd',
      },
    ]
  const [least, most] = range
  if (level >= least && level <= most) return []
  return [{ path, value: level, expected: `a level of ${compression}: ${least} to ${most}` }]
}

type ConsumerSettings = Pick<ConsumerOptions, 'protocol' | 'assignor' | 'fetch' | 'timeoutUs'>

function consumerFaults({ protocol, assignor, fetch, timeoutUs }: ConsumerSettings): Fault[] {
  const faults: Fault[] = []
  if (protocol === 'consumer' && assignor !== undefined)
    faults.push({
      path: 'consumers.assignor',
      value: assignor,
      expected: "to be left out, since consumers.protocol is 'consumer': the broker assigns",
      hint: 'leave it out, or set consumers.protocol to classic',
    })
  if (fetch?.maxWaitUs !== undefined && fetch.maxWaitUs >= timeoutUs)
    faults.push({
      path: 'consumers.fetch.maxWait',
      value: `${fetch.maxWaitUs / 1e6}s`,
      expected: `less than the timeout of ${timeoutUs / 1e6}s, in which a broker has to answer`,
      hint: 'set timeout to more, or consumers.fetch.maxWait to less',
    })
  return faults
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ConfigError(faults)
}
