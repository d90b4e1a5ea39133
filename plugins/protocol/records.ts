import {
  BATCH_HEADER_BYTES,
  BATCH_LOG_OVERHEAD,
  type BatchHeader,
  batchAt,
  batchCrc,
  compressionMask,
  controlBit,
  readBatchHeader,
  transactionalBit,
  writeOffset,
} from './batch.ts'
import { MalformedError } from './failure.ts'
import { ByteReader } from './reader.ts'
import { ByteWriter } from './writer.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** One record of a batch; `timestamp` in ms. */
export interface BatchRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface RecordInput {
  readonly timestamp?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly RecordHeader[]
}

export type BatchOptions = Partial<
  Pick<
    BatchHeader,
    'baseOffset' | 'partitionLeaderEpoch' | 'attributes' | 'producerId' | 'producerEpoch' | 'baseSequence'
  >
>

/** Makes one uncompressed batch of some records, plainly: for tests and tools, not for the sender's hot path. */
export function encodeBatch(records: readonly RecordInput[], options: BatchOptions = {}): Buffer {
  const baseTimestamp = records[0]?.timestamp ?? 0
  const body = new ByteWriter()
  let maxTimestamp = baseTimestamp
  for (const [delta, record] of records.entries()) {
    const timestamp = record.timestamp ?? baseTimestamp
    maxTimestamp = Math.max(maxTimestamp, timestamp)
    const one = new ByteWriter()
    one.int8(0)
    one.varlong(BigInt(timestamp - baseTimestamp))
    one.varint(delta)
    writeBytes(one, record.key ?? null)
    writeBytes(one, record.value ?? null)
    const headers = record.headers ?? []
    one.varint(headers.length)
    for (const header of headers) {
      writeBytes(one, Buffer.from(header.key))
      writeBytes(one, header.value)
    }
    body.varint(one.length)
    for (const piece of one.finish()) body.raw(piece)
  }
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), ...body.finish()])
  writeOffset(batch, batchAt.baseOffset, options.baseOffset ?? 0)
  batch.writeInt32BE(batch.length - BATCH_LOG_OVERHEAD, batchAt.batchLength)
  batch.writeInt32BE(options.partitionLeaderEpoch ?? -1, batchAt.partitionLeaderEpoch)
  batch.writeInt8(2, batchAt.magic)
  batch.writeInt16BE(options.attributes ?? 0, batchAt.attributes)
  batch.writeInt32BE(records.length - 1, batchAt.lastOffsetDelta)
  writeOffset(batch, batchAt.baseTimestamp, baseTimestamp)
  writeOffset(batch, batchAt.maxTimestamp, maxTimestamp)
  batch.writeBigInt64BE(options.producerId ?? -1n, batchAt.producerId)
  batch.writeInt16BE(options.producerEpoch ?? -1, batchAt.producerEpoch)
  batch.writeInt32BE(options.baseSequence ?? -1, batchAt.baseSequence)
  batch.writeInt32BE(records.length, batchAt.recordsCount)
  batch.writeUInt32BE(batchCrc(batch, 0, batch.length), batchAt.crc)
  return batch
}

/** Who ends a transaction, and how. */
export interface MarkerInput {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly commit: boolean
  readonly coordinatorEpoch: number
  /** In ms. */
  readonly timestamp: number
}

/** Makes the control batch that ends a producer's transaction in a partition: one record, and one offset. */
export function encodeMarker({ commit, coordinatorEpoch, timestamp, ...producer }: MarkerInput): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(commit ? 1 : 0, 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return encodeBatch([{ timestamp, key, value }], { ...producer, attributes: transactionalBit | controlBit })
}

function writeBytes(writer: ByteWriter, value: Buffer | null): void {
  writer.varint(value === null ? -1 : value.length)
  if (value !== null) writer.raw(value)
}

/**
 * Takes one uncompressed batch apart, checksum and all; keys and values are views.
 * @throws MalformedError when it is cut off, compressed, not magic 2, or its checksum is wrong.
 */
export function decodeBatch(buffer: Buffer, start = 0): { header: BatchHeader; records: BatchRecord[] } {
  const header = readBatchHeader(buffer, start)
  if (header.magic !== 2) throw new MalformedError(`batch with magic ${header.magic}`)
  if (batchCrc(buffer, start, header.sizeInBytes) !== header.crc)
    throw new MalformedError('batch checksum is wrong')
  if (header.attributes & compressionMask) throw new MalformedError('batch is compressed')
  const reader = new ByteReader(buffer, start + BATCH_HEADER_BYTES, start + header.sizeInBytes)
  const records: BatchRecord[] = []
  for (let n = 0; n < header.recordsCount; n++) records.push(decodeRecord(reader, header))
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes after the last record`)
  return { header, records }
}

function decodeRecord(reader: ByteReader, header: BatchHeader): BatchRecord {
  const size = reader.varint()
  const end = reader.take(size) + size
  reader.position = end - size
  reader.int8()
  const timestamp = header.baseTimestamp + Number(reader.varlong())
  const offset = header.baseOffset + reader.varint()
  const key = readBytes(reader)
  const value = readBytes(reader)
  const headers: RecordHeader[] = []
  const count = reader.varint()
  for (let n = 0; n < count; n++) {
    const name = readBytes(reader)
    if (name === null) throw new MalformedError('record header without a key')
    headers.push({ key: name.toString(), value: readBytes(reader) })
  }
  if (reader.position !== end) throw new MalformedError(`record ends at ${reader.position}, not at ${end}`)
  return { offset, timestamp, key, value, headers }
}

function readBytes(reader: ByteReader): Buffer | null {
  const length = reader.varint()
  if (length < 0) return null
  const at = reader.take(length)
  return reader.buffer.subarray(at, at + length)
}
