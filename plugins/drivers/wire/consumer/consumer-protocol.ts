/** What members of a group tell one another through the coordinator, which looks at none of it. */
import { decode, encode } from '../../../protocol/codec.ts'
import { ByteReader } from '../../../protocol/reader.ts'
import { type Encodable, type Fields, list } from '../../../protocol/schema.ts'
import { ByteWriter } from '../../../protocol/writer.ts'
import type { PartitionName } from './offsets.ts'

export const PROTOCOL_TYPE = 'consumer'
/** Later versions have more at the end, for assignors that leave partitions where they are. */
const VERSION = 0

const subscription = { topics: '[]string 0+', userData: 'bytes 0+ null:0+ =null' } as const
const assignment = {
  assignedPartitions: list('0+', { topic: 'string 0+', partitions: '[]int32 0+' }),
  userData: 'bytes 0+ null:0+ =null',
} as const

export function encodeSubscription(topics: readonly string[]): Buffer {
  return write(subscription, { topics })
}

/** @throws MalformedError */
export function topicsOfSubscription(bytes: Buffer): readonly string[] {
  return read(subscription, bytes).topics
}

export function encodeAssignment(partitions: readonly PartitionName[]): Buffer {
  const assignedPartitions = [...Map.groupBy(partitions, each => each.topic)].map(([topic, all]) => ({
    topic,
    partitions: all.map(each => each.partition),
  }))
  return write(assignment, { assignedPartitions })
}

/**
 * @param bytes none at all is no partition: the leader did not know of the member.
 * @throws MalformedError
 */
export function decodeAssignment(bytes: Buffer): PartitionName[] {
  if (bytes.length === 0) return []
  return read(assignment, bytes).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, partition })),
  )
}

function write<F extends Fields>(fields: F, value: Encodable<F>): Buffer {
  const writer = new ByteWriter()
  writer.int16(VERSION)
  encode(fields, VERSION, false, writer, value)
  return Buffer.concat(writer.finish())
}

function read<F extends Fields>(fields: F, bytes: Buffer) {
  const reader = new ByteReader(bytes)
  reader.int16()
  return decode(fields, VERSION, false, reader)
}
