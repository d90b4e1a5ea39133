/** What is peculiar to this plugin; that it is the driver of a run is in test/conformity. */
import { expect, it } from 'vitest'
import { type InlinePlugin, run } from '../../../../core/index.ts'
import { wireDriver } from '../../../../plugins/drivers/wire/index.ts'

const load = {
  rate: 1000,
  warmup: 0,
  duration: 2,
  plugins: [wireDriver()],
  topic: { partitions: 3 },
  allowTainted: true,
}

it('says what it cannot do before it connects, of all streams at once', async () => {
  const streams = {
    orders: { producer: { idempotent: true, maxInFlight: 9 } },
    audit: { producer: { idempotent: true, maxInFlight: 6 }, consumers: 0 },
  } as const
  const error = await run({ ...load, brokers: ['127.0.0.1:1'], streams }).catch(e => e)
  expect(error.name).toBe('ConfigError')
  expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
    'streams.orders.producer.maxInFlight',
    'streams.audit.producer.maxInFlight',
  ])
})

it('counts the bytes of its requests, and what they were before they were compressed', async () => {
  const zeros: InlinePlugin = { name: 'zeros', stream: ({ hooks }) => hooks.valueFor.tap(() => undefined) }
  const bytes = async (compression: 'none' | 'zstd') => {
    const plugins = [...load.plugins, zeros]
    const few = { consumers: 0, duration: 0.5, size: 1000, stamp: 'off' } as const
    const result = await run({ ...load, ...few, plugins, producer: { compression } })
    const of = (name: string) => Number(result.value(`wire.${name}`))
    const { acked } = result.streams['default']!.phases.measure.counts
    return { values: 1000 * acked, before: of('batchBytes'), sent: of('sentBytes'), requests: of('requests') }
  }
  const plain = await bytes('none')
  expect(plain.values).toBeGreaterThan(0)
  expect(plain.before).toBeGreaterThanOrEqual(plain.values)
  // headers of batches and of requests
  expect(plain.sent).toBeGreaterThan(plain.before)
  expect(plain.sent - plain.before).toBeLessThan(1000 * plain.requests)
  const small = await bytes('zstd')
  expect(small.before).toBeGreaterThanOrEqual(small.values)
  expect(small.sent).toBeLessThan(small.before / 5)
})
