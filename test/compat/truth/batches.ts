/** Record batches as something to compare: everything but the checksum itself, which is told as right or wrong. */
import { createHash } from 'node:crypto'
import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  batchCrc,
  compressionMask,
  readBatchHeader,
} from '../../../plugins/protocol/batch.ts'
import { MalformedError } from '../../../plugins/protocol/failure.ts'
import { decodeBatch } from '../../../plugins/protocol/records.ts'

/** The batches in the records field of a fetch answer; what does not follow the format is told by its size. */
export function batchesIn(records: Buffer): unknown[] {
  const batches: unknown[] = []
  let at = 0
  while (at < records.length) {
    const left = records.length - at
    if (left < BATCH_HEADER_BYTES) return [...batches, `${left} bytes of a batch`]
    const size = records.readInt32BE(at + 8) + BATCH_LOG_OVERHEAD
    if (size > left) return [...batches, `${left} bytes of a batch of ${size}`]
    batches.push(batchOf(records.subarray(at, at + size)))
    at += size
  }
  return batches
}

function batchOf(batch: Buffer): unknown {
  const { crc, ...header } = readBatchHeader(batch)
  const checksum = batchCrc(batch, 0, batch.length) === crc ? 'right' : 'wrong'
  const readable = (header.attributes & compressionMask) === 0 && checksum === 'right'
  return { ...header, checksum, records: (readable ? recordsIn(batch) : undefined) ?? digest(batch) }
}

function recordsIn(batch: Buffer): unknown {
  try {
    return decodeBatch(batch).records.map(({ key, value, ...rest }) => ({
      ...rest,
      key: key?.toString('hex') ?? null,
      value: value === null ? null : value.length > 32 ? `${value.length} bytes` : value.toString('hex'),
    }))
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

function digest(batch: Buffer): string {
  const records = batch.subarray(BATCH_HEADER_BYTES)
  return `${records.length} bytes ${createHash('sha1').update(records).digest('hex')}`
}
