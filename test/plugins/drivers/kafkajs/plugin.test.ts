import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../../../core/index.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { kafkajsDriver } from '../../../../plugins/drivers/kafkajs/index.ts'

let broker: RunningBroker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.close())

const load = {
  rate: 1000,
  warmup: 0,
  duration: 2,
  plugins: [kafkajsDriver()],
  topic: { partitions: 3 },
  allowTainted: true,
}

it('is the driver of a run: what is sent is acked, read back, and accounted for', async () => {
  const result = await run({ ...load, brokers: [broker.address], consumers: 2 })
  expect(result.run.driver).toBe('kafkajs')
  expect(
    ['acked', 'consumed', 'failed', 'unknown', 'dropped'].map(each => result.value(`${each}.count`)),
  ).toEqual([2000, 2000, 0, 0, 0])
  expect(result.verdict.state).not.toBe('invalid')
  expect(result.value('response.p50')).toBeGreaterThan(0)
})

it('says what it cannot do before there is any traffic', async () => {
  await expect(run({ ...load, brokers: [broker.address], producer: { compression: 'lz4' } })).rejects.toThrow(
    /^producer\.compression is "lz4": expected none, gzip or zstd/,
  )
})

it('says that nobody is there', async () => {
  await expect(run({ ...load, brokers: ['127.0.0.1:1'] })).rejects.toThrow(
    /^cannot connect to 127\.0\.0\.1:1: connection refused/,
  )
})
