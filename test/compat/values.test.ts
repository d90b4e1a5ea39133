/** Values at a real Apache Kafka: what its log has of a run, batches read back as they are stored. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storedFiller } from '../plugins/values/stored.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

let kafka: RealKafka
beforeAll(async () => {
  kafka = await startKafka({ quiet: true })
}, 180_000)
afterAll(() => kafka?.stop())

it.each(['zstd', 'lz4', 'snappy', 'gzip'] as const)(
  'what %s leaves of values.filler is what was asked for',
  async codec => {
    const stored = await storedFiller(kafka.address, codec, 0.3)
    expect(stored).toMatchObject({
      exitCode: 0,
      records: 2000,
      sizes: new Set([1024]),
      codecs: new Set([codec]),
      distinct: 2000,
    })
    expect(stored.ratio).toBeGreaterThan(0.25)
    // snappy says every 64 bytes that zeros go on
    expect(stored.ratio).toBeLessThan(codec === 'snappy' ? 0.38 : 0.35)
  },
)
