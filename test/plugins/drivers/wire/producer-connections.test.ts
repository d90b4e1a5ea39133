/** Connections of producers: what shares one, and what does not. */
import { afterEach, expect, it } from 'vitest'
import type { ProducerSettings } from '../../../../core/plugin.ts'
import { type RunningBroker, startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { Harness, now, soon, TIMEOUT_US, until } from './driver.ts'
import { readLog } from './log.ts'

let broker: RunningBroker
let driver: WireDriver
let requests = 0

afterEach(async () => {
  await driver.close()
  await broker.close()
})

async function start(brokers: number, partitions: number): Promise<void> {
  broker = await startBroker({ brokers }, () => undefined)
  requests = 0
  const meters = { requested: () => void requests++, throttled: () => undefined }
  driver = new WireDriver(broker.addresses, now, TIMEOUT_US, meters)
  const admin = await driver.admin()
  await admin.create('t', { partitions, replicationFactor: 1, configs: {} })
}
const open = (partitions: number, settings: Partial<ProducerSettings>) =>
  Harness.open(driver, 't', partitions, settings)

it.each([
  { connections: 1, order: [0, 1, 2] },
  { connections: 2, order: [1, 0, 2] },
])('with $connections to a broker, what is slow holds up its own', async ({ connections, order }) => {
  await start(1, 3)
  const harness = await open(3, { connections, lingerUs: 0 })
  broker.faults.add({
    when: { api: 'Produce', topic: 't', partition: 0, times: 1 },
    do: { delay: '400ms' },
  })
  for (const partition of [0, 1, 2]) {
    harness.append({ partition })
    await until('it is on its way', () => requests > partition)
  }
  await harness.producer.flush(soon())
  expect(harness.outcomes.map(each => each.partition)).toEqual(order)
  expect(harness.events).toEqual([])
})

it('with several, partitions keep their order through moves and faults', async () => {
  await start(2, 8)
  const harness = await open(8, { connections: 3, idempotent: true, batchBytes: 300, lingerUs: 0 })
  broker.faults.add({ when: { api: 'Produce', after: 5, times: 3 }, do: { close: { applied: true } } })
  for (let i = 0; i < 800; i++) {
    harness.append({ partition: i % 8 })
    if (i % 100 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  await harness.producer.flush(soon())
  expect([harness.count('acked'), harness.balance()]).toEqual([800, 0])
  const logs = await readLog(broker.address, 't', 8)
  for (const [partition, log] of logs.entries())
    expect(log).toEqual(Array.from({ length: 100 }, (_, i) => `v${8 * i + partition}`))
})

it('a producer that closes leaves another one alone, though both have the same number and topic', async () => {
  await start(1, 1)
  const [one, other] = [await open(1, {}), await open(1, {})]
  broker.faults.add({ when: { api: 'Produce', times: 1 }, do: { delay: '200ms' } })
  other.append()
  await until('it is on its way', () => requests > 0)
  await one.producer.close(soon())
  await other.producer.flush(soon())
  expect([other.count('acked'), other.events]).toEqual([1, []])
  expect(await readLog(broker.address, 't', 1)).toEqual([['v0']])
})
