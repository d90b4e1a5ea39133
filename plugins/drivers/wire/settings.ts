/** What this driver cannot do, said before anything is connected. */
import {
  ConfigError,
  type ConsumerOptions,
  type Fault,
  type ProducerOptions,
  type ResolvedConfig,
} from '../../../core/plugin.ts'
import { libraryOf } from './compression/library.ts'

/** A broker knows an idempotent producer's last five batches of a partition. */
const MOST_IDEMPOTENT = 5

/** @throws ConfigError naming everything that the wire driver cannot do, of all streams. */
export function checkConfig({ streams }: ResolvedConfig): void {
  refuse(
    streams.flatMap(({ name, producer, consumers }) => {
      const faults = [...producerFaults(producer), ...(consumers.count > 0 ? consumerFaults(consumers) : [])]
      const prefix = streams.length > 1 ? `streams.${name}.` : ''
      return faults.map(fault => ({ ...fault, path: prefix + fault.path }))
    }),
  )
}

/** The same for a producer that a plugin asks for. @throws ConfigError */
export function checkProducer({ settings, transactionalId }: ProducerOptions): void {
  const faults = producerFaults(settings)
  if (transactionalId !== undefined)
    faults.push({
      path: 'driver',
      value: 'wire',
      expected: 'a driver with transactions',
      hint: 'leave the transactions out',
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

function producerFaults(settings: ProducerOptions['settings']): Fault[] {
  const { acks, idempotent, maxInFlight } = settings
  const faults: Fault[] = []
  if (idempotent && acks !== -1)
    faults.push({
      path: 'producer.acks',
      value: acks,
      expected: "'all', since producer.idempotent is set",
      hint: 'set producer.acks to all, or leave out producer.idempotent',
    })
  if (idempotent && maxInFlight > MOST_IDEMPOTENT)
    faults.push({
      path: 'producer.maxInFlight',
      value: maxInFlight,
      expected: `at most ${MOST_IDEMPOTENT}, since producer.idempotent is set`,
      hint: `a broker tells duplicates among the last ${MOST_IDEMPOTENT} batches only: set producer.maxInFlight to ${MOST_IDEMPOTENT}`,
    })
  return faults
}

function consumerFaults({ protocol }: Pick<ConsumerOptions, 'protocol'>): Fault[] {
  if (protocol !== 'consumer') return []
  return [
    {
      path: 'consumers.protocol',
      value: protocol,
      expected: "'classic' with the wire driver, which knows no other group protocol",
      hint: 'set consumers.protocol to classic',
    },
  ]
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ConfigError(faults)
}
