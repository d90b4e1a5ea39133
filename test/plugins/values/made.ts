/** What the values of a run are: by a driver that keeps them, read back by the index in their stamp. */
import { run } from 'kafka-loadtest'
import { fakeDriver, virtualClock } from 'kafka-loadtest/testing'
import type { Config } from '../../../core/config/types.ts'
import { encodeBatch } from '../../../plugins/protocol/records.ts'

type Plugins = NonNullable<Config['plugins']>

/** Bytes of a batch. */
const BATCH = 1 << 16

/** The values of the first `count` records; null: a tombstone. @throws what ended the run */
export async function made(plugins: Plugins, count = 1000, config: Config = {}): Promise<(Buffer | null)[]> {
  const values: (Buffer | null)[] = []
  const reader = {
    name: 'reader',
    stream(stream: import('../../../core/api.ts').Stream) {
      stream.hooks.onRecord.tap(record => {
        const value = record.value()
        values[record.index] = value && Buffer.from(value)
      })
    },
  }
  const result = await run(
    {
      rate: count,
      warmup: 0,
      duration: 1,
      seed: 7,
      ...config,
      plugins: [fakeDriver({ log: true }), ...plugins, reader],
    },
    { clock: virtualClock },
  )
  if (result.exitCode !== 0) throw new Error(JSON.stringify([result.verdict, result.exitCode]))
  if (values.length !== count) throw new Error(`${values.length} of ${count} records came back`)
  return values
}

/** Values of records that all have one. */
export async function full(plugins: Plugins, count?: number, config?: Config): Promise<Buffer[]> {
  return (await made(plugins, count, config)).map(value => {
    if (value === null) throw new Error('a tombstone')
    return value
  })
}

/** Record batches of 64 KiB or of one record, as they are before they are compressed: without their headers, which stay as they are. */
export function batchesOf(values: readonly Buffer[]): Buffer[] {
  const groups: Buffer[][] = [[]]
  let bytes = 0
  for (const value of values) {
    if (bytes > 0 && bytes + value.length > BATCH) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push(value)
    bytes += value.length
  }
  return groups.map(group =>
    encodeBatch(
      group.map((value, i) => ({
        value,
        key: Buffer.from(`user-${(i * 7919) % 1000}`),
        timestamp: 1.7e12 + (i >> 4),
      })),
    ).subarray(61),
  )
}

/** What a codec leaves of all batches together. */
export function ratio(batches: readonly Buffer[], compress: (batch: Buffer) => Uint8Array): number {
  const sum = (all: readonly Uint8Array[]) => all.reduce((bytes, b) => bytes + b.length, 0)
  return sum(batches.map(compress)) / sum(batches)
}
