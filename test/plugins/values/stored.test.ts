import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBroker } from '../../../plugins/index.ts'
import { storedFiller } from './stored.ts'

let broker: Awaited<ReturnType<typeof startBroker>>
beforeAll(async () => {
  broker = await startBroker({ port: 0 })
})
afterAll(() => broker.close())

it.each([
  ['zstd', 0.3, 0.25, 0.35],
  ['zstd', 0.8, 0.75, 0.85],
  ['lz4', 0.3, 0.25, 0.36],
  ['snappy', 0.3, 0.25, 0.38],
  ['gzip', 0.3, 0.25, 0.35],
] as const)('a broker stores values that %s leaves %f of', async (codec, compressibility, low, high) => {
  const stored = await storedFiller(broker.address, codec, compressibility)
  expect(stored).toMatchObject({
    exitCode: 0,
    records: 2000,
    sizes: new Set([1024]),
    codecs: new Set([codec]),
    distinct: 2000,
  })
  expect(stored.ratio).toBeGreaterThan(low)
  expect(stored.ratio).toBeLessThan(high)
})
