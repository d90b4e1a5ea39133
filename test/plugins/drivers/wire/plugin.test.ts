import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../../../core/index.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { wireDriver } from '../../../../plugins/drivers/wire/index.ts'

let broker: RunningBroker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.close())

const load = {
  rate: 1000,
  warmup: 0,
  duration: 2,
  plugins: [wireDriver()],
  topic: { partitions: 3 },
  allowTainted: true,
}

it('is the driver of a run: what is sent is acked, read back, and accounted for', async () => {
  const result = await run({ ...load, brokers: [broker.address], consumers: 2 })
  expect(result.run.driver).toBe('wire')
  expect(
    ['acked', 'consumed', 'failed', 'unknown', 'dropped'].map(each => result.value(`${each}.count`)),
  ).toEqual([2000, 2000, 0, 0, 0])
  expect(result.verdict.state).not.toBe('invalid')
  expect(result.value('response.p50')).toBeGreaterThan(0)
})

it('says what it cannot do before it connects, of all streams at once', async () => {
  const streams = {
    orders: { producer: { idempotent: true, maxInFlight: 9 }, consumers: { protocol: 'consumer' } },
    audit: { producer: { idempotent: true, maxInFlight: 6 }, consumers: 0 },
  } as const
  const error = await run({ ...load, brokers: ['127.0.0.1:1'], streams }).catch(e => e)
  expect(error.name).toBe('ConfigError')
  expect(error.faults.map((each: { path: string }) => each.path)).toEqual([
    'streams.orders.producer.maxInFlight',
    'streams.orders.consumers.protocol',
    'streams.audit.producer.maxInFlight',
  ])
})

it('is idempotent with nothing else set', async () => {
  const producer = { idempotent: true }
  const result = await run({ ...load, duration: 1, brokers: [broker.address], producer })
  expect(['acked', 'consumed', 'failed', 'unknown'].map(each => result.value(`${each}.count`))).toEqual([
    1000, 1000, 0, 0,
  ])
})

it('says that nobody is there', async () => {
  await expect(run({ ...load, brokers: ['127.0.0.1:1'] })).rejects.toThrow(
    /^cannot connect to 127\.0\.0\.1:1: connection refused/,
  )
})
