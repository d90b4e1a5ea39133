/** A Produce request around batches that stay where they are, and its answer, read in place. */
import { readOffset } from '../../../protocol/batch.ts'
import { CLIENT_ID } from '../../../protocol/call.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import { ByteReader } from '../../../protocol/reader.ts'
import { ByteWriter } from '../../../protocol/writer.ts'
import { type Batch, BEFORE } from './batch.ts'
import { uvarintSize, writeUvarint } from './varint.ts'

/** Versions that are spoken: all that have the same batches, and zstd. */
export const LEAST_VERSION = 7
export const MOST_VERSION = 11
/** In transactions of version 2: the write itself adds its partitions. */
export const TRANSACTIONS_VERSION = 12

const SIZE = 0
const CORRELATION = 8
const MOST_COUNT_BYTES = 5

export class ProduceRequests {
  readonly version: number
  readonly #flexible: boolean
  /** Up to the number of partitions. */
  readonly #head: Buffer

  /** @param timeoutMs that the broker may take for replicas to follow. */
  constructor(topic: string, version: number, acks: number, timeoutMs: number, transactionalId?: string) {
    const flexible = version >= produce.flexible
    const head = new ByteWriter()
    head.int32(0)
    head.int16(produce.key)
    head.int16(version)
    head.int32(0)
    head.string(CLIENT_ID, false)
    if (flexible) head.uvarint(0)
    head.string(transactionalId ?? null, flexible)
    head.int16(acks)
    head.int32(timeoutMs)
    head.arrayLength(1, flexible)
    head.string(topic, flexible)
    this.version = version
    this.#flexible = flexible
    this.#head = Buffer.concat(head.finish())
  }

  /** The request, in pieces to be written one after the other; a batch of a partition at most. */
  frame(batches: readonly Batch[], id: number): Buffer[] {
    const flexible = this.#flexible
    const { length } = this.#head
    const head = Buffer.allocUnsafe(length + MOST_COUNT_BYTES)
    this.#head.copy(head)
    let end = length
    if (flexible) end = writeUvarint(head, end, batches.length + 1)
    else end = head.writeInt32BE(batches.length, end)
    const pieces: Buffer[] = [head.subarray(0, end)]
    let size = end - 4
    for (const [n, batch] of batches.entries()) {
      const piece = flexible ? compactPiece(batch, n === batches.length - 1) : piecesOf(batch)
      pieces.push(piece)
      size += piece.length
    }
    head.writeInt32BE(size, SIZE)
    head.writeInt32BE(id, CORRELATION)
    return pieces
  }
}

function piecesOf(batch: Batch): Buffer {
  const { memory, partition, size, position } = batch
  memory.writeInt32BE(partition, BEFORE - 8)
  memory.writeInt32BE(size, BEFORE - 4)
  return memory.subarray(BEFORE - 8, position)
}

/** After the batch come the (empty) tagged fields of the partition, and after the last those of topic and request. */
function compactPiece(batch: Batch, last: boolean): Buffer {
  const { memory, partition, size, position } = batch
  const start = BEFORE - uvarintSize(size + 1) - 4
  memory.writeInt32BE(partition, start)
  writeUvarint(memory, start + 4, size + 1)
  const end = position + (last ? 3 : 1)
  memory.fill(0, position, end)
  return memory.subarray(start, end)
}

/** `message` is what the broker adds to an error code, null as a rule. */
export type PartitionAnswer = (
  partition: number,
  code: number,
  baseOffset: number,
  message: string | null,
) => void

/**
 * Reads an answer, partition by partition. Answers the throttle time in ms.
 * @throws MalformedError
 */
export function readAnswer(frame: Buffer, version: number, each: PartitionAnswer): number {
  const flexible = version >= produce.flexible
  const reader = new ByteReader(frame)
  if (flexible) reader.taggedFields()
  for (let topics = reader.arrayLength(flexible); topics > 0; topics--) {
    reader.string(flexible)
    for (let partitions = reader.arrayLength(flexible); partitions > 0; partitions--) {
      const partition = reader.int32()
      const code = reader.int16()
      const baseOffset = readOffset(frame, reader.take(8))
      // the times of append, and where the log starts
      reader.take(16)
      const message = version >= 8 ? readMessages(reader, flexible) : null
      if (flexible) reader.taggedFields()
      each(partition, code, baseOffset, message)
    }
    if (flexible) reader.taggedFields()
  }
  return reader.int32()
}

function readMessages(reader: ByteReader, flexible: boolean): string | null {
  let first: string | null = null
  for (let records = reader.arrayLength(flexible); records > 0; records--) {
    reader.int32()
    const message = reader.string(flexible)
    first ??= message
    if (flexible) reader.taggedFields()
  }
  return reader.string(flexible) ?? first
}
