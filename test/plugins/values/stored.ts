/** What a broker has in its log after a run with compression: values as they were written, and what the codec left of them. */
import { run } from 'kafka-loadtest'
import { values } from '../../../plugins/index.ts'
import { RawCluster } from '../../conformity/cluster.ts'

export type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd'
const HEADER = 61

/** A thousand values of 1 KiB a second, for two seconds, on a topic of their own. */
export async function storedFiller(address: string, codec: Codec, compressibility: number) {
  const cluster = new RawCluster([address])
  const name = `filler-${codec}-${compressibility * 100}`
  await cluster.create(name, 1, {})
  try {
    const result = await run({
      brokers: [address],
      topic: { name, existing: true },
      rate: 1000,
      warmup: 0,
      duration: 2,
      size: '1KiB',
      stamp: 'off',
      consumers: 0,
      allowTainted: true,
      producer: { compression: codec, linger: '100ms', batchSize: '64KiB' },
      plugins: [values.filler({ compressibility })],
    })
    const batches = await cluster.stored(name)
    const stored = batches.flatMap(batch => batch.records.map(({ value }) => value))
    const bytes = stored.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    const left = batches.reduce((sum, batch) => sum + batch.header.sizeInBytes - HEADER, 0)
    return {
      exitCode: result.exitCode,
      codecs: new Set(batches.map(batch => batch.codec)),
      records: stored.length,
      sizes: new Set(stored.map(value => value?.length)),
      distinct: new Set(stored.map(value => value?.toString('latin1'))).size,
      ratio: left / bytes,
    }
  } finally {
    cluster.close()
  }
}
