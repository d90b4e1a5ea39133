/** What kafkajs cannot do, said before anything is connected. */
import {
  ConfigError,
  type ConsumerOptions,
  type Fault,
  type ProducerOptions,
  type ResolvedConfig,
} from '../../../core/plugin.ts'
import { canCompress } from './codecs.ts'

/** @throws ConfigError naming everything that kafkajs cannot do, of all streams. */
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
      value: 'kafkajs',
      expected: 'a driver with transactions',
      hint: 'leave the transactions out, or choose another driver',
    })
  refuse(faults)
}

/** The same for a consumer that a plugin asks for. @throws ConfigError */
export function checkConsumer(options: ConsumerOptions): void {
  refuse(consumerFaults(options))
}

function producerFaults(settings: ProducerOptions['settings']): Fault[] {
  const { acks, idempotent, compression, compressionLevel, connections } = settings
  const faults: Fault[] = []
  if (!canCompress(compression))
    faults.push({
      path: 'producer.compression',
      value: compression,
      expected: 'none, gzip or zstd with the kafkajs driver',
      hint: `kafkajs brings no ${compression}: choose another compression or another driver`,
    })
  if (compressionLevel !== undefined)
    faults.push({
      path: 'producer.compressionLevel',
      value: compressionLevel,
      expected: 'to be left out with the kafkajs driver, which has no levels',
      hint: 'leave it out, or choose another driver',
    })
  if (connections > 1)
    faults.push({
      path: 'producer.connections',
      value: connections,
      expected: '1 with the kafkajs driver, which has one connection to each broker',
      hint: 'leave it out, or choose another driver',
    })
  if (idempotent && acks !== -1)
    faults.push({
      path: 'producer.acks',
      value: acks,
      expected: "'all', since producer.idempotent is set",
      hint: 'set producer.acks to all, or leave out producer.idempotent',
    })
  return faults
}

type ConsumerSettings = Pick<ConsumerOptions, 'protocol' | 'instance' | 'assignor'>

function consumerFaults({ protocol, instance, assignor }: ConsumerSettings): Fault[] {
  const faults: Fault[] = []
  if (protocol === 'consumer')
    faults.push({
      path: 'consumers.protocol',
      value: protocol,
      expected: "'classic' with the kafkajs driver, which knows no other group protocol",
      hint: 'set consumers.protocol to classic, or choose another driver',
    })
  if (instance !== undefined)
    faults.push({
      path: 'consumers.instance',
      value: instance,
      expected: 'to be left out: kafkajs has no static members',
      hint: 'leave it out, or choose another driver',
    })
  if (assignor !== undefined && assignor !== 'roundrobin')
    faults.push({
      path: 'consumers.assignor',
      value: assignor,
      expected:
        "'roundrobin' with the kafkajs driver, which has a round robin of its own and no other assignor",
      hint: 'leave it out, or choose another driver',
    })
  return faults
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new ConfigError(faults)
}
