/** What is peculiar to this plugin; that it is the driver of a run is in test/conformity. */
import { expect, it } from 'vitest'
import { run } from '../../../../core/index.ts'
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
