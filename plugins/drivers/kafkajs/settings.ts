/** What kafkajs cannot do, said before anything is sent. */
import { ConfigError, type ConsumerOptions, type Fault, type ProducerOptions } from '../../../core/plugin.ts'
import { hasCodec, type Kafkajs } from './client.ts'

/** @throws ConfigError naming everything that kafkajs cannot do. */
export function checkProducer(kafkajs: Kafkajs, options: ProducerOptions): void {
  const { acks, idempotent, compression, maxInFlight } = options.settings
  const faults: Fault[] = []
  if (options.transactionalId !== undefined)
    faults.push({
      path: 'driver',
      value: 'kafkajs',
      expected: 'a driver with transactions',
      hint: 'leave the transactions out, or choose another driver',
    })
  if (!canCompress(kafkajs, compression))
    faults.push({
      path: 'producer.compression',
      value: compression,
      expected: 'none, gzip or zstd with the kafkajs driver',
      hint: `kafkajs brings no ${compression}: choose another compression or another driver`,
    })
  if (idempotent && acks !== -1)
    faults.push({
      path: 'producer.acks',
      value: acks,
      expected: "'all', since producer.idempotent is set",
      hint: 'set producer.acks to all, or leave out producer.idempotent',
    })
  if (idempotent && maxInFlight !== 1)
    faults.push({
      path: 'producer.maxInFlight',
      value: maxInFlight,
      expected:
        '1, since producer.idempotent is set: kafkajs keeps no order of idempotent requests under way together',
      hint: 'set producer.maxInFlight to 1, or leave out producer.idempotent',
    })
  if (faults.length > 0) throw new ConfigError(faults)
}

function canCompress(kafkajs: Kafkajs, name: ProducerOptions['settings']['compression']): boolean {
  return name === 'none' || hasCodec(kafkajs, compressionType(kafkajs, name) as 1 | 2 | 3 | 4)
}

export function compressionType(
  { CompressionTypes }: Kafkajs,
  name: ProducerOptions['settings']['compression'],
): number {
  const { None, GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
  return { none: None, gzip: GZIP, snappy: Snappy, lz4: LZ4, zstd: ZSTD }[name]
}

/** @throws ConfigError naming what kafkajs cannot do. */
export function checkConsumer(options: ConsumerOptions): void {
  const faults: Fault[] = []
  if (options.protocol === 'consumer')
    faults.push({
      path: 'consumers.protocol',
      value: 'consumer',
      expected: "'classic' with the kafkajs driver, which knows no other group protocol",
      hint: 'set consumers.protocol to classic, or choose another driver',
    })
  if (options.instance !== undefined)
    faults.push({
      path: 'consumers.instance',
      value: options.instance,
      expected: 'to be left out: kafkajs has no static members',
      hint: 'leave it out, or choose another driver',
    })
  if (faults.length > 0) throw new ConfigError(faults)
}
