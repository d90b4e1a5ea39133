/** What a producer of a closed run may hold. */
import { expect, it } from 'vitest'
import { mergeConfig } from '../../core/config/merge.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Config } from '../../core/config/types.ts'
import { closed } from '../../core/work.ts'

const MIB = 2 ** 20

async function heldBy(config: Config): Promise<number> {
  const merged = await mergeConfig({ value: config, cwd: '/', env: {}, command: 'run' })
  const { streams } = await resolveConfig(merged)
  return closed(streams[0]!).bufferBytes
}

it('is a batch of every partition for each request under way, and one more', async () => {
  const producer = { batchSize: '128KiB', maxInFlight: 5 }
  expect(await heldBy({ topic: { partitions: 4 }, producer })).toBe(6 * 4 * 128 * 1024)
})

it('is room for as many records, where one is larger than a batch', async () => {
  const [size, maxInFlight] = [900 * 1024, 5]
  const held = await heldBy({
    topic: { partitions: 1 },
    size,
    producer: { batchSize: '64KiB', maxInFlight },
  })
  expect(held).toBeGreaterThanOrEqual((maxInFlight + 1) * size)
  expect(held).toBeLessThan((maxInFlight + 1) * (size + 2048))
})

it('is never more than producer.buffer, and enough for small batches', async () => {
  expect(await heldBy({ topic: { partitions: 100 }, producer: { buffer: '3MiB' } })).toBe(3 * MIB)
  expect(await heldBy({ topic: { partitions: 1 }, producer: { batchSize: '1KiB' } })).toBe(MIB / 4)
})
