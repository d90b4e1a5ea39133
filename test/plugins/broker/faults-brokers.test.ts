/** Brokers that are stopped, started and frozen, while others do the same or requests wait. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { apiVersions } from '../../../plugins/protocol/messages/api-versions.ts'
import { metadata } from '../../../plugins/protocol/messages/metadata.ts'
import { createTopics } from '../../../plugins/protocol/messages/topics.ts'
import { frameOf, software, TestClient, until } from './client.ts'

let broker: RunningBroker
const clients: TestClient[] = []

beforeEach(async () => {
  broker = await startBroker({ brokers: 2 })
})
afterEach(async () => {
  for (const each of clients.splice(0)) each.close()
  await broker.close()
})

async function connect(id: number): Promise<TestClient> {
  const made = await TestClient.to(Number(broker.addresses[id - 1]!.split(':')[1]))
  clients.push(made)
  return made
}

/** Ids of the brokers that clients are told of. */
async function brokersUp(): Promise<number[]> {
  const { brokers } = await (await connect(1)).call(metadata, 9, { topics: [] })
  return brokers.map(({ nodeId }) => nodeId)
}

const told = () => broker.faults.log.entries.map(({ did }) => did)

describe('starts and stops at once', () => {
  it('two starts are one', async () => {
    await broker.stopBroker(2)
    await Promise.all([broker.startBroker(2), broker.startBroker(2)])
    expect((await (await connect(2)).call(apiVersions, 3, software)).errorCode).toBe(0)
    expect(told()).toEqual(['broker 2 went away', 'broker 2 came back'])
  })

  it('a stop holds also when the broker was about to come back', async () => {
    await broker.stopBroker(2)
    const started = broker.startBroker(2)
    await Promise.all([broker.stopBroker(2), started])
    await expect(connect(2)).rejects.toThrow('ECONNREFUSED')
    expect(await brokersUp()).toEqual([1])
    expect(told()).toEqual(['broker 2 went away', 'broker 2 stays away'])
    await broker.startBroker(2)
    expect(await brokersUp()).toEqual([1, 2])
  })

  it('a start waits for the stop before it, and the last one wins', async () => {
    const client = await connect(2)
    const done = [broker.stopBroker(2), broker.startBroker(2), broker.stopBroker(2), broker.startBroker(2)]
    await Promise.all([...done, client.closed])
    expect(await brokersUp()).toEqual([1, 2])
    await connect(2)
    expect(told().at(-1)).toBe('broker 2 came back')
  })
})

it('a request that is frozen when its broker is stopped takes no effect', async () => {
  broker.faults.add({ when: { api: 'Metadata', times: 1 }, do: { freeze: true } })
  const creating = { topics: [{ name: 'new' }], allowAutoTopicCreation: true }
  const answer = (await connect(1)).send(frameOf(metadata, 9, creating))
  await until(() => told().length > 0, 'the freeze')
  await broker.stopBroker(1)
  expect(await answer).toBeUndefined()
  expect((await (await connect(2)).call(metadata, 9, { topics: null })).topics).toEqual([])
})

it('a broker that is down is not frozen, and does not come back so', async () => {
  await broker.stopBroker(2)
  expect(() => broker.freezeBroker(2)).toThrow(new RangeError('broker 2 is down'))
  await broker.startBroker(2)
  expect((await (await connect(2)).call(apiVersions, 3, software)).errorCode).toBe(0)
})

it('a throttle fires where the answer can tell it', async () => {
  const fault = broker.faults.add({ do: { throttle: '7ms' } })
  const client = await connect(1)
  await client.call(apiVersions, 0, {})
  expect([fault.met, told()]).toEqual([0, []])
  expect((await client.call(apiVersions, 1, {})).throttleTimeMs).toBe(7)
  expect(told()).toEqual(['throttled: 7 ms'])
})

it('leaders of what is not there cannot be moved', async () => {
  const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }]
  await (await connect(1)).call(createTopics, 7, { topics })
  const { commands } = broker.faults
  for (const to of [1, 'next'] as const) {
    expect(() => commands.moveLeader('none', 0, to)).toThrow(new RangeError('there is no topic "none"'))
    const partition = new RangeError('there is no partition 5 of "orders"')
    expect(() => commands.moveLeader('orders', 5, to)).toThrow(partition)
  }
  expect(() => commands.moveLeader('orders', 0, 'next')).toThrow(
    'partition 0 of "orders" has no other replica',
  )
})
