/** µs a record of 100 B: the wire driver's record batches through their view, with keys; a second time each, once warm. */
import { nextOffset, RecordBatch, sizeOfBatch } from '../../plugins/drivers/wire/consumer/batch.ts'
import { decodeBatch, encodeBatch } from '../../plugins/protocol/records.ts'
import type { Figure } from './run.ts'

const RECORDS_A_BATCH = 160
const BATCHES = 64
const ROUNDS = 7
const PASSES = 30

function log(headers: readonly { key: string; value: Buffer }[]): Buffer {
  const batches = Array.from({ length: BATCHES }, (_, n) => {
    const records = Array.from({ length: RECORDS_A_BATCH }, (_, i) => ({
      timestamp: 1_700_000_000_000 + i,
      key: Buffer.from(`key-${i}`),
      value: Buffer.alloc(100, i),
      headers,
    }))
    return encodeBatch(records, { baseOffset: n * RECORDS_A_BATCH })
  })
  return Buffer.concat(batches)
}

/** Reads all of it as the consumer does, and what a record costs. */
function read(bytes: Buffer, batch: RecordBatch, header: string | undefined): number {
  let records = 0
  let sum = 0
  const from = process.hrtime.bigint()
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = 0; at < bytes.length; ) {
      const size = sizeOfBatch(bytes, at)
      if (batch.open(bytes, at, size, 0)) {
        batch.of('topic', 0, 0).each(record => {
          records++
          sum += record.bytes[record.valueStart] as number
          if (header !== undefined) sum += record.header(header)?.length ?? 1
        })
      }
      sum += nextOffset(bytes, at) & 1
      at += size
    }
  }
  const took = Number(process.hrtime.bigint() - from) / 1000
  if (records !== PASSES * BATCHES * RECORDS_A_BATCH || sum === 0) throw new Error('not all was read')
  return took / records
}

/** The same by the plain decoder, which makes objects. */
function plainly(bytes: Buffer): number {
  let records = 0
  const from = process.hrtime.bigint()
  for (let at = 0; at < bytes.length; at += sizeOfBatch(bytes, at))
    records += decodeBatch(bytes, at).records.length
  return Number(process.hrtime.bigint() - from) / 1000 / records
}

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number

export async function bench(): Promise<Figure[]> {
  const bare = log([])
  const stamped = log([{ key: 'loadtest', value: Buffer.alloc(52) }])
  const ways: readonly [string, () => number, number?][] = [
    ['a record of 100 B, checksum too', () => read(bare, new RecordBatch(), undefined), 0.2],
    ['the same without checksum', () => read(bare, new RecordBatch(false), undefined)],
    ['asked for a header that is not there', () => read(bare, new RecordBatch(), 'loadtest')],
    ['with a stamp in a header, asked for it', () => read(stamped, new RecordBatch(), 'loadtest')],
    ['the plain decoder of plugins/protocol', () => plainly(bare)],
  ]
  const took = ways.map(() => [] as number[])
  for (let round = 0; round < ROUNDS; round++) for (const [i, [, way]] of ways.entries()) took[i]!.push(way())
  return ways.map(([name, , atMost], i) => ({
    name,
    value: median(took[i]!.slice(2)),
    unit: 'µs',
    ...(atMost === undefined ? {} : { atMost }),
  }))
}
