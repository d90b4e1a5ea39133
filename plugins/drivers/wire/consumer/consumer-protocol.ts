/** What members of a group tell one another through the coordinator, which looks at none of it. */
import { decode, encode } from '../../../protocol/codec.ts'
import { ByteReader } from '../../../protocol/reader.ts'
import { type Encodable, type Fields, list } from '../../../protocol/schema.ts'
import { ByteWriter } from '../../../protocol/writer.ts'
import type { PartitionName } from './offsets.ts'

export const PROTOCOL_TYPE = 'consumer'
/** For assignors that do not care what members have. */
const PLAIN_VERSION = 0
/** With what a member has, and since which generation. */
const OWNING_VERSION = 2

const partitions = { topic: 'string 0+', partitions: '[]int32 0+' } as const
const subscription = {
  topics: '[]string 0+',
  userData: 'bytes 0+ null:0+ =null',
  ownedPartitions: list('1+', partitions),
  generationId: 'int32 2+ =-1',
} as const
const assignment = {
  assignedPartitions: list('0+', partitions),
  userData: 'bytes 0+ null:0+ =null',
} as const

/** What a member has as it joins. */
export interface Owned {
  readonly partitions: readonly PartitionName[]
  /** That gave them to it; -1: none. */
  readonly generation: number
}

export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: Owned
}

/** @param owned for assignors that leave partitions where they are. */
export function encodeSubscription(topics: readonly string[], owned?: Owned): Buffer {
  if (owned === undefined) return write(subscription, { topics }, PLAIN_VERSION)
  const { generation } = owned
  // where members older than the field have the generation
  const userData = Buffer.alloc(4)
  userData.writeInt32BE(generation)
  const ownedPartitions = byTopic(owned.partitions)
  return write(subscription, { topics, userData, ownedPartitions, generationId: generation }, OWNING_VERSION)
}

/** @throws MalformedError */
export function decodeSubscription(bytes: Buffer): Subscription {
  const { topics, ownedPartitions, generationId: generation } = read(subscription, bytes)
  return { topics, owned: { partitions: named(ownedPartitions), generation } }
}

export function encodeAssignment(assigned: readonly PartitionName[]): Buffer {
  return write(assignment, { assignedPartitions: byTopic(assigned) }, PLAIN_VERSION)
}

/**
 * @param bytes none at all is no partition: the leader did not know of the member.
 * @throws MalformedError
 */
export function decodeAssignment(bytes: Buffer): PartitionName[] {
  return bytes.length === 0 ? [] : named(read(assignment, bytes).assignedPartitions)
}

function byTopic(all: readonly PartitionName[]) {
  return [...Map.groupBy(all, each => each.topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(each => each.partition),
  }))
}

function named(all: readonly { readonly topic: string; readonly partitions: readonly number[] }[]) {
  return all.flatMap(each => each.partitions.map(partition => ({ topic: each.topic, partition })))
}

function write<F extends Fields>(fields: F, value: Encodable<F>, version: number): Buffer {
  const writer = new ByteWriter()
  writer.int16(version)
  encode(fields, version, false, writer, value)
  return Buffer.concat(writer.finish())
}

/** Later versions have more at the end. */
function read<F extends Fields>(fields: F, bytes: Buffer) {
  const reader = new ByteReader(bytes)
  const version = Math.max(0, Math.min(reader.int16(), OWNING_VERSION))
  return decode(fields, version, false, reader)
}
