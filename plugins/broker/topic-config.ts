import { errorCodes } from '../protocol/errors.ts'
import { RefusedError } from './refused.ts'

/** Types of configuration values as DescribeConfigs numbers them. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const

interface TopicConfigKey {
  readonly type: keyof typeof configTypes
  readonly fallback: string
  readonly oneOf?: readonly string[]
  readonly min?: number
  readonly max?: number
}

/**
 * Topic configurations known, with Kafka's defaults. Acted on are `cleanup.policy` (as far as it allows to delete),
 * `max.message.bytes`, `message.timestamp.*`, `min.insync.replicas`, `retention.bytes` and `retention.ms`; the others are
 * kept and told.
 */
export const topicConfigKeys: Readonly<Record<string, TopicConfigKey>> = {
  'cleanup.policy': {
    type: 'list',
    fallback: 'delete',
    oneOf: ['delete', 'compact', 'compact,delete', 'delete,compact'],
  },
  'compression.gzip.level': { type: 'int', fallback: '-1', min: -1, max: 9 },
  'compression.lz4.level': { type: 'int', fallback: '9', min: 1, max: 17 },
  'compression.type': {
    type: 'string',
    fallback: 'producer',
    oneOf: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
  },
  'compression.zstd.level': { type: 'int', fallback: '3', min: -131072, max: 22 },
  'delete.retention.ms': { type: 'long', fallback: '86400000', min: 0 },
  'file.delete.delay.ms': { type: 'long', fallback: '60000', min: 0 },
  'flush.messages': { type: 'long', fallback: '9223372036854775807', min: 1 },
  'flush.ms': { type: 'long', fallback: '9223372036854775807', min: 0 },
  'follower.replication.throttled.replicas': { type: 'list', fallback: '' },
  'index.interval.bytes': { type: 'int', fallback: '4096', min: 0 },
  'leader.replication.throttled.replicas': { type: 'list', fallback: '' },
  'local.retention.bytes': { type: 'long', fallback: '-2', min: -2 },
  'local.retention.ms': { type: 'long', fallback: '-2', min: -2 },
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
  'remote.log.copy.disable': { type: 'boolean', fallback: 'false' },
  'remote.log.delete.on.disable': { type: 'boolean', fallback: 'false' },
  'remote.storage.enable': { type: 'boolean', fallback: 'false', oneOf: ['false'] },
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
  const text = key.type === 'list' ? value.replaceAll(' ', '') : value.trim()
  const bad = (reason: string) => {
    const message = `Invalid value ${value.slice(0, 300)} for configuration ${name}: ${reason}`
    return new RefusedError(errorCodes.INVALID_CONFIG, message)
  }
  if (key.type === 'boolean') {
    const truth = checkBoolean(text, bad)
    if (key.oneOf?.includes(truth) !== false) return truth
    throw new RefusedError(
      errorCodes.INVALID_CONFIG,
      'Tiered Storage functionality is disabled in the broker.',
    )
  }
  if (key.oneOf && !key.oneOf.includes(text)) throw bad(`String must be one of: ${key.oneOf.join(', ')}`)
  if (key.type === 'int' || key.type === 'long') checkInteger(text, key, bad)
  if (key.type === 'double' && !/^(0(\.\d{1,15})?|1(\.0{1,15})?)$/.test(text)) {
    throw bad(/^\d+(\.\d+)?$/.test(text) ? 'Value must be no more than 1' : 'Not a number of type DOUBLE')
  }
  return text
}

function checkBoolean(text: string, bad: (reason: string) => RefusedError): string {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower
  throw bad('Expected value to be either true or false')
}

function checkInteger(
  text: string,
  { type, min, max }: TopicConfigKey,
  bad: (reason: string) => RefusedError,
) {
  const largest = type === 'int' ? 2n ** 31n - 1n : 2n ** 63n - 1n
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
  if (value === undefined || value > largest || value < -largest - 1n) {
    throw bad(`Not a number of type ${type.toUpperCase()}`)
  }
  if (min !== undefined && value < BigInt(min)) throw bad(`Value must be at least ${min}`)
  if (max !== undefined && value > BigInt(max)) throw bad(`Value must be no more than ${max}`)
}
