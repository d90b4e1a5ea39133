/** Brokers that ask for time: how long they are sent nothing. */
import { expect, it, onTestFinished } from 'vitest'
import { startBroker } from '../../../../plugins/broker/server.ts'
import { WireDriver } from '../../../../plugins/drivers/wire/driver.ts'
import { metadata } from '../../../../plugins/protocol/messages/metadata.ts'
import { produce } from '../../../../plugins/protocol/messages/produce.ts'
import { Harness, now, soon, TIMEOUT_US, until } from './driver.ts'
import { type Scripted, script, startScripted } from './scripted.ts'

/** A producer of a topic with one partition, whose n-th answer asks for the n-th of these times, in ms. */
async function throttled(times: readonly number[], batchBytes: number, clock = now): Promise<Harness> {
  let answers = 0
  const broker: Scripted = await startScripted([
    script(metadata, [12, 12], () => ({
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: broker.port }],
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, leaderId: 1, leaderEpoch: 0 }] }],
    })),
    script(produce, [9, 9], ({ topicData }) => ({
      responses: topicData.map(({ name }) => ({ name, partitionResponses: [{ index: 0, errorCode: 0 }] })),
      throttleTimeMs: times[answers++] ?? 0,
    })),
  ])
  const driver = new WireDriver([broker.address], clock, TIMEOUT_US)
  onTestFinished(async () => {
    await driver.close()
    broker.close()
  })
  return Harness.open(driver, 't', 1, { batchBytes }, 0, {}, clock)
}

it('a short pause does not end a long one', async () => {
  const harness = await throttled([500, 1], 1)
  // a request each, both under way when the first is answered
  harness.append()
  harness.append()
  await harness.producer.flush(soon())
  harness.append()
  await harness.producer.flush(soon())
  const [first, , third] = harness.outcomes
  expect(third!.wireAt - first!.ackedAt).toBeGreaterThan(499_000)
})

it('a pause is a minute at most: what asks for more is damaged', async () => {
  let ahead = 0
  const clock = () => now() + ahead
  const harness = await throttled([2 ** 31 - 1], 16_384, clock)
  harness.append()
  await harness.producer.flush(soon())
  ahead = 61_000_000
  harness.append()
  await harness.producer.flush(soon())
  expect(harness.count('acked')).toBe(2)
})

it('a pause holds though its broker has led nothing for a moment', async () => {
  const broker = await startBroker({ brokers: 2 }, () => undefined)
  const driver = new WireDriver(broker.addresses, now, TIMEOUT_US)
  onTestFinished(async () => {
    await driver.close()
    await broker.close()
  })
  const admin = await driver.admin()
  await admin.create('t', { partitions: 2, replicationFactor: 2, configs: {} })
  broker.moveLeader('t', 0, 1)
  broker.moveLeader('t', 1, 2)
  const harness = await Harness.open(driver, 't', 2, { lingerUs: 0 })
  const acked = async (...partitions: number[]) => {
    const before = harness.count('acked')
    for (const partition of partitions) harness.append({ partition })
    await until('they are acked', () => harness.count('acked') === before + partitions.length)
    return harness.outcomes.findLast(each => each.partition === 0)!
  }
  await acked(0, 1)
  broker.faults.add({ when: { api: 'Produce', broker: 1, times: 1 }, do: { throttle: '2s' } })
  const first = await acked(0)
  broker.moveLeader('t', 0, 2)
  // it has to ask who leads, for the other partition
  broker.faults.add({
    when: { api: 'Produce', topic: 't', partition: 1, times: 1 },
    do: { error: 'NOT_LEADER_OR_FOLLOWER' },
  })
  await acked(0, 1)
  broker.moveLeader('t', 0, 1)
  const again = await acked(0)
  expect(again.wireAt - first.ackedAt).toBeGreaterThan(1_999_000)
})
