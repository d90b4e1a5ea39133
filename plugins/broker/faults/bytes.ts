import { BATCH_HEADER_BYTES, readBatchHeader } from '../../protocol/batch.ts'
import type { Frame } from '../dispatch.ts'
import type { Struct } from './call.ts'
import type { Random } from './random.ts'

const LENGTH_BYTES = 4

function flip(bytes: Buffer, from: number, to: number, random: Random): void {
  const at = from + Math.floor(random() * (to - from))
  bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
}

/** Flips one bit in each of `count` places of an answer, never in its length: the stream of frames stays whole. */
export function corrupted(frame: Frame, count: number, random: Random): Frame {
  if (frame === undefined) return undefined
  const bytes = Buffer.concat(frame)
  for (let n = 0; n < count; n++) flip(bytes, LENGTH_BYTES, bytes.length, random)
  return [bytes]
}

/** The beginning of an answer, at least one byte short of all of it; default half. */
export function partOf(frame: Frame, bytes: number | undefined): Frame {
  if (frame === undefined) return undefined
  const whole = Buffer.concat(frame)
  return [whole.subarray(0, Math.min(bytes ?? whole.length >>> 1, whole.length - 1))]
}

/**
 * A Fetch answer with one bit flipped in the records of the first batch of each partition that is met, so that the
 * batch's checksum is wrong; undefined when there are no records in it.
 */
export function withCorruptRecords(
  answer: Struct | undefined,
  met: (topic: Struct, partition: Struct) => boolean,
  random: Random,
): Struct | undefined {
  let flipped = 0
  const responses = ((answer?.['responses'] ?? []) as readonly Struct[]).map(topic => ({
    ...topic,
    partitions: (topic['partitions'] as readonly Struct[]).map(partition => {
      const { records } = partition
      const given = Array.isArray(records) ? Buffer.concat(records) : records
      if (!(given instanceof Buffer) || given.length <= BATCH_HEADER_BYTES || !met(topic, partition)) {
        return partition
      }
      // The log's own bytes stay as they are.
      const copy = Buffer.from(given)
      flip(copy, BATCH_HEADER_BYTES, readBatchHeader(copy).sizeInBytes, random)
      flipped++
      return { ...partition, records: [copy] }
    }),
  }))
  return flipped === 0 ? undefined : { ...answer, responses }
}
