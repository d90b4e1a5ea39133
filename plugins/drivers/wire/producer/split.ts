/** A batch that is too large for the broker, as two: its records are the same, but numbers and times in them count from their batch's first. */
import { ByteReader } from '../../../protocol/reader.ts'
import type { Accumulator } from './accumulator.ts'
import { AROUND, type Batch, FIRST } from './batch.ts'
import { compress, recordsOf } from './compress.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

/** Bytes by which a record may grow: its own length, time and number. */
const GROWTH = 20
interface Cursor {
  readonly reader: ByteReader
  readonly records: Buffer
}

/** Two closed batches in place of one of several records, each with about half of its bytes, and its sequences. */
export function split(batch: Batch, accumulator: Accumulator): readonly [Batch, Batch] {
  const records = recordsOf(batch)
  const cursor = { reader: new ByteReader(records), records }
  const half = records.length / 2
  const first = part(
    batch,
    cursor,
    0,
    (count, position) => count === 0 || (position < half && count < batch.count - 1),
    accumulator,
  )
  const second = part(batch, cursor, first.count, count => first.count + count < batch.count, accumulator)
  return [first, second]
}

function part(
  whole: Batch,
  { reader, records }: Cursor,
  from: number,
  more: (count: number, position: number) => boolean,
  accumulator: Accumulator,
): Batch {
  const batch = accumulator.take()
  const { partition, openedAt, baseSequence } = whole
  const room = FIRST + AROUND + records.length - reader.position + GROWTH * (whole.count - from)
  batch.open(partition, openedAt, baseSequence + from, Number.NaN, accumulator.memory.take(room))
  const bytes = batch.memory
  for (let count = 0; more(count, reader.position); count++) {
    const body = reader.varint()
    const end = reader.position + body
    const attributes = reader.int8()
    const timestamp = whole.baseTimestamp + Number(reader.varlong())
    reader.varint()
    if (count === 0) {
      batch.baseTimestamp = timestamp
      batch.maxTimestamp = timestamp
    }
    batch.maxTimestamp = Math.max(batch.maxTimestamp, timestamp)
    const delta = timestamp - batch.baseTimestamp
    const rest = end - reader.position
    let at = writeVarint(bytes, batch.position, 1 + varlongSize(delta) + varintSize(count) + rest)
    bytes[at++] = attributes
    at = writeVarlong(bytes, at, delta)
    at = writeVarint(bytes, at, count)
    records.copy(bytes, at, reader.position, end)
    const valueBytes = valueSize(reader)
    reader.position = end
    const n = from + count
    const column = (values: Float64Array) => values[n] as number
    const columns = {
      index: column(whole.index),
      scheduledAt: column(whole.scheduledAt),
      enqueuedAt: column(whole.enqueuedAt),
    }
    batch.add({ ...columns, size: valueBytes }, at + rest)
  }
  batch.attempts = whole.attempts
  batch.uncertain = whole.uncertain
  if (whole.sequence >= 0)
    batch.giveSequence(whole.producerId, whole.producerEpoch, (whole.sequence + from) & 0x7fff_ffff)
  compress(batch, accumulator.codec, accumulator.memory)
  batch.seal()
  accumulator.adopt(batch)
  return batch
}

/** Of the record whose key comes next. */
function valueSize(reader: ByteReader): number {
  reader.take(Math.max(0, reader.varint()))
  return Math.max(0, reader.varint())
}
