import { errorCodes } from '../protocol/errors.ts'
import { RefusedError } from './refused.ts'

/** Types of configuration values as DescribeConfigs numbers them. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

interface TopicConfigKey {
  readonly type: keyof typeof configTypes
  readonly fallback: string
  readonly oneOf?: readonly string[]
  readonly min?: number
}

/**
 * Topic configurations known, with Kafka's defaults. Acted on are `max.message.bytes`, `message.timestamp.type` and
 * `message.timestamp.after.max.ms`; the others are kept and told, since what is held is bounded for the broker as a whole.
 */
export const topicConfigKeys: Readonly<Record<string, TopicConfigKey>> = {
  'cleanup.policy': {
    type: 'list',
    fallback: 'delete',
    oneOf: ['delete', 'compact', 'compact,delete', 'delete,compact'],
  },
  'compression.type': {
    type: 'string',
    fallback: 'producer',
    oneOf: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
  },
  'delete.retention.ms': { type: 'long', fallback: '86400000', min: 0 },
  'file.delete.delay.ms': { type: 'long', fallback: '60000', min: 0 },
  'flush.messages': { type: 'long', fallback: '9223372036854775807', min: 1 },
  'flush.ms': { type: 'long', fallback: '9223372036854775807', min: 0 },
  'index.interval.bytes': { type: 'int', fallback: '4096', min: 0 },
  'max.compaction.lag.ms': { type: 'long', fallback: '9223372036854775807', min: 1 },
  'max.message.bytes': { type: 'int', fallback: '1048588', min: 0 },
  'message.timestamp.after.max.ms': { type: 'long', fallback: '3600000', min: 0 },
  'message.timestamp.before.max.ms': { type: 'long', fallback: '9223372036854775807', min: 0 },
  'message.timestamp.type': {
    type: 'string',
    fallback: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
  },
  'min.cleanable.dirty.ratio': { type: 'double', fallback: '0.5' },
  'min.compaction.lag.ms': { type: 'long', fallback: '0', min: 0 },
  'min.insync.replicas': { type: 'int', fallback: '1', min: 1 },
  preallocate: { type: 'boolean', fallback: 'false', oneOf: ['true', 'false'] },
  'retention.bytes': { type: 'long', fallback: '-1' },
  'retention.ms': { type: 'long', fallback: '604800000', min: -1 },
  'segment.bytes': { type: 'int', fallback: '1073741824', min: 14 },
  'segment.index.bytes': { type: 'int', fallback: '10485760', min: 4 },
  'segment.jitter.ms': { type: 'long', fallback: '0', min: 0 },
  'segment.ms': { type: 'long', fallback: '604800000', min: 1 },
  'unclean.leader.election.enable': { type: 'boolean', fallback: 'false', oneOf: ['true', 'false'] },
}

/** @throws RefusedError INVALID_CONFIG for an unknown key or a value it cannot have. */
export function checkTopicConfig(name: string, value: string | null): string {
  const key = Object.hasOwn(topicConfigKeys, name) ? topicConfigKeys[name] : undefined
  if (key === undefined)
    throw new RefusedError(errorCodes.INVALID_CONFIG, `Unknown topic config name: ${name.slice(0, 300)}`)
  if (value === null) throw new RefusedError(errorCodes.INVALID_CONFIG, `${name} has no value`)
  const text = value.replaceAll(' ', '')
  const bad = (expected: string) =>
    new RefusedError(errorCodes.INVALID_CONFIG, `${name} is "${value.slice(0, 300)}", not ${expected}`)
  if (key.oneOf && !key.oneOf.includes(text)) throw bad(`one of ${key.oneOf.join(', ')}`)
  if (key.type === 'int' || key.type === 'long') {
    if (!/^-?\d{1,19}$/.test(text)) throw bad('an integer')
    const [min, max] = [key.min ?? Number.NEGATIVE_INFINITY, key.type === 'int' ? 2 ** 31 - 1 : 2 ** 63]
    if (Number(text) < min || Number(text) > max) throw bad(`from ${min} to ${max}`)
  }
  if (key.type === 'double' && !/^(0(\.\d{1,15})?|1(\.0{1,15})?)$/.test(text)) throw bad('from 0 to 1')
  return text
}
