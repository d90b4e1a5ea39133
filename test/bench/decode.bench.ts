/** µs of CPU a record of 100 B: the wire driver's record batches through their view, with keys; a second time each, once warm. */
import { monotonicClock } from '../../core/clock.ts'
import { Reader, type ReaderOptions } from '../../core/consumer.ts'
import type { Consumer } from '../../core/driver.ts'
import { createStreamHooks } from '../../core/hooks.ts'
import { Ledger } from '../../core/measure/ledger.ts'
import { emptyStamp, STAMP_BYTES, writeStamp } from '../../core/stamp.ts'
import { nextOffset, RecordBatch, sizeOfBatch } from '../../plugins/drivers/wire/consumer/batch.ts'
import { decodeBatch, encodeBatch } from '../../plugins/protocol/records.ts'
import type { Figure } from './run.ts'

const RECORDS_A_BATCH = 160
const BATCHES = 64
const ROUNDS = 7
const PASSES = 30

type Headers = readonly { key: string; value: Buffer }[]

function log(headers: Headers, value: (n: number) => Buffer = () => Buffer.alloc(100, 1)): Buffer {
  const batches = Array.from({ length: BATCHES }, (_, n) => {
    const records = Array.from({ length: RECORDS_A_BATCH }, (_, i) => ({
      timestamp: 1_700_000_000_000 + i,
      key: Buffer.from(`key-${i}`),
      value: value(n * RECORDS_A_BATCH + i),
      headers,
    }))
    return encodeBatch(records, { baseOffset: n * RECORDS_A_BATCH })
  })
  return Buffer.concat(batches)
}

const RUN = 1
/** As the sender stamps it: one scheduled every 3 µs, t_enq read once for 256 records. */
function stampOf(index: number, bytes: Buffer): Buffer {
  const times = { scheduledAt: 3 * index - 50_000, enqueuedAt: 3 * (index - (index % 256)) - 50_000 }
  writeStamp(new DataView(bytes.buffer, bytes.byteOffset), 0, {
    ...emptyStamp(),
    run: RUN,
    producer: 0,
    index,
    ...times,
  })
  return bytes
}

/** Reads all of it as the consumer does, and what a record costs. */
function read(bytes: Buffer, batch: RecordBatch, header: string | undefined): number {
  let records = 0
  let sum = 0
  const before = process.cpuUsage()
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = 0; at < bytes.length; ) {
      const size = sizeOfBatch(bytes, at)
      if (batch.open(bytes, at, size, 0)) {
        batch.of('topic', 0, 0).each(record => {
          records++
          sum += record.bytes[record.valueStart] as number
          if (header !== undefined) sum += record.findHeader(header)?.length ?? 1
        })
      }
      sum += nextOffset(bytes, at) & 1
      at += size
    }
  }
  const { user, system } = process.cpuUsage(before)
  if (records !== PASSES * BATCHES * RECORDS_A_BATCH || sum === 0) throw new Error('not all was read')
  return (user + system) / records
}

/** The same through the engine: the stamp read back, counted, end-to-end and transport latencies recorded. */
async function throughEngine(bytes: Buffer): Promise<number> {
  const batch = new RecordBatch()
  let passes = 0
  let reader: Reader
  const poll: Consumer['poll'] = async onBatch => {
    for (let at = 0; at < bytes.length; ) {
      const size = sizeOfBatch(bytes, at)
      if (batch.open(bytes, at, size, 0)) onBatch(batch.of('topic', 0, 0))
      at += size
    }
    if (++passes === PASSES) reader.cut()
  }
  const ledger = new Ledger({ measureFrom: -1e9, measureTo: 1e9, open: true, answers: true })
  const stream = {} as ReaderOptions['stream']
  const hooks = createStreamHooks()
  const member = { group: 'bench', index: 0, number: 0 }
  const topic = { writers: ['constant'] as const, commitAfter: Number.POSITIVE_INFINITY }
  const options = { stream, run: RUN, hooks, ledger, member, ...topic, clock: monotonicClock }
  const from = monotonicClock.now()
  const now = () => monotonicClock.now() - from
  const rest = { now, wallAtStart: () => 0, emit: () => undefined }
  reader = new Reader({ ...options, consumer: { poll } as Consumer, ...rest })
  const before = process.cpuUsage()
  await reader.run()
  const { user, system } = process.cpuUsage(before)
  const records = PASSES * BATCHES * RECORDS_A_BATCH
  const { endToEnd } = ledger.part([0, 0], [], now()).latency
  if ((endToEnd?.[1]?.count ?? 0) + (endToEnd?.[1]?.negative ?? 0) !== records)
    throw new Error('not all was recorded')
  return (user + system) / records
}

/** The same by the plain decoder, which makes objects. */
function plainly(bytes: Buffer): number {
  let records = 0
  const before = process.cpuUsage()
  for (let at = 0; at < bytes.length; at += sizeOfBatch(bytes, at))
    records += decodeBatch(bytes, at).records.length
  const { user, system } = process.cpuUsage(before)
  return (user + system) / records
}

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number

export async function bench(): Promise<Figure[]> {
  const bare = log([])
  const stamped = log([], n => stampOf(n, Buffer.alloc(100)))
  const stampedAside = log([{ key: 'loadtest', value: stampOf(1, Buffer.alloc(STAMP_BYTES)) }])
  const ways: readonly [string, () => number | Promise<number>, number?][] = [
    ['a record of 100 B, checksum too', () => read(bare, new RecordBatch(), undefined), 0.2],
    ['the same without checksum', () => read(bare, new RecordBatch(false), undefined)],
    ['asked for a header that is not there', () => read(bare, new RecordBatch(), 'loadtest')],
    ['with a stamp in a header, asked for it', () => read(stampedAside, new RecordBatch(), 'loadtest')],
    ['through the engine: stamp in the value, latencies', () => throughEngine(stamped)],
    ['through the engine: stamp in a header, latencies', () => throughEngine(stampedAside)],
    ['the plain decoder of plugins/protocol', () => plainly(bare)],
  ]
  const took = ways.map(() => [] as number[])
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, [, way]] of ways.entries()) took[i]!.push(await way())
  return ways.map(([name, , atMost], i) => ({
    name,
    value: median(took[i]!.slice(2)),
    unit: 'µs',
    ...(atMost === undefined ? {} : { atMost }),
  }))
}
