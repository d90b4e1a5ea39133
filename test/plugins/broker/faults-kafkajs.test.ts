/** A client that people use gets through a script of faults, and the log tells what it went through. */
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FaultRule } from '../../../plugins/broker/faults/rule.ts'
import { type RunningBroker, startBroker } from '../../../plugins/broker/server.ts'
import { until } from './client.ts'

const RECORDS = 60

let broker: RunningBroker
let kafka: Kafka
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  broker = await startBroker({ brokers: 3 })
  const retry = { initialRetryTime: 20, maxRetryTime: 100, retries: 20 }
  kafka = new Kafka({ clientId: 'shop', brokers: [...broker.addresses], logLevel: logLevel.NOTHING, retry })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1, replicationFactor: 3 }] })
  await admin.disconnect()
})
afterEach(async () => {
  await Promise.all(stops.splice(0).map(stop => stop()))
  await broker.close()
})

/** Sends one record after the other. */
async function sendAll(idempotent: boolean): Promise<void> {
  const producer = kafka.producer({ idempotent, createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let n = 0; n < RECORDS; n++) {
    await producer.send({ topic: 'orders', acks: -1, messages: [{ value: `${n}` }] })
  }
  await producer.disconnect()
}

async function readAll(count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: 'readers', maxWaitTimeInMs: 50 })
  await consumer.connect()
  stops.push(() => consumer.disconnect())
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  const values: string[] = []
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
  await until(() => values.length >= count, `${count} records`)
  return values
}

const when = { api: 'Produce', topic: 'orders', times: 1 }
const script: readonly FaultRule[] = [
  { when: { ...when, after: 5 }, do: { delay: { uniform: { min: '1ms', max: '30ms' } } } },
  { when: { ...when, after: 10 }, do: { error: 'NOT_LEADER_OR_FOLLOWER' } },
  { when: { ...when, after: 20 }, do: { close: { applied: true } } },
  { when: { ...when, after: 30 }, do: { moveLeader: 'next' } },
]

it('an idempotent producer loses and doubles nothing', async () => {
  broker.faults.addAll(script)
  await sendAll(true)
  expect(await readAll(RECORDS)).toEqual(Array.from({ length: RECORDS }, (_, n) => `${n}`))
  const told = broker.faults.log.entries.map(({ rule, action, api, clientId, partitions }) => [
    ...[rule, action, api, clientId, partitions?.[0]?.partition],
  ])
  expect(told).toEqual([
    ['f1', 'delay', 'Produce', 'shop', 0],
    ['f2', 'error', 'Produce', 'shop', 0],
    ['f3', 'close', 'Produce', 'shop', 0],
    ['f4', 'moveLeader', 'Produce', 'shop', 0],
  ])
})

it('what is lost and doubled is what a consumer sees', async () => {
  broker.faults.addAll([
    { when: { ...when, after: 10 }, do: { lose: true } },
    { when: { ...when, after: 20 }, do: { duplicate: true } },
  ])
  await sendAll(true)
  const expected = Array.from({ length: RECORDS }, (_, n) => `${n}`).filter(value => value !== '10')
  expected.splice(expected.indexOf('20'), 0, '20')
  expect(await readAll(RECORDS)).toEqual(expected)
  expect(broker.faults.log.entries.map(({ action, partitions }) => [action, partitions])).toEqual([
    ['lose', [{ topic: 'orders', partition: 0, baseOffset: 10, records: 1 }]],
    ['duplicate', [{ topic: 'orders', partition: 0, baseOffset: 19, records: 1 }]],
  ])
})

it('a producer goes on when its broker goes away for a time, a group when its coordinator moves', async () => {
  broker.faults.addAll([
    { when: { api: 'SyncGroup', times: 1 }, do: { moveCoordinator: 'next' } },
    { when: { api: 'JoinGroup', times: 1 }, do: { error: 'COORDINATOR_LOAD_IN_PROGRESS' } },
    { when: { ...when, after: 10 }, do: { kill: { for: '50ms' } } },
  ])
  await sendAll(false)
  const values = await readAll(RECORDS)
  expect(new Set(values)).toEqual(new Set(Array.from({ length: RECORDS }, (_, n) => `${n}`)))
  const fired = () => broker.faults.list().map(({ fired: times }) => times)
  await until(() => fired().every(times => times === 1), 'all three')
})
