import { startBroker } from 'kafka-loadtest/plugins'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, it } from 'vitest'

it('every order is stored once, whatever the broker does', async () => {
  const broker = await startBroker({ brokers: 3 })
  const kafka = new Kafka({
    clientId: 'shop',
    brokers: [...broker.addresses],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 20 },
  })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'orders', replicationFactor: 3 }] })

  const when = { api: 'Produce', topic: 'orders', times: 1 }
  const late = broker.faults.add({ when, do: { delay: { uniform: { min: '5ms', max: '20ms' } } } })
  broker.faults.add({ when: { ...when, after: 3 }, do: { close: { applied: true } } })
  broker.faults.add({ when: { ...when, after: 6 }, do: { moveLeader: 'next' } })

  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let n = 0; n < 10; n++) await producer.send({ topic: 'orders', messages: [{ value: `${n}` }] })

  const [end] = await admin.fetchTopicOffsets('orders')
  expect(end?.high).toBe('10')
  expect(late.fired).toBe(1)
  expect(broker.faults.log.entries.map(entry => entry.action)).toEqual(['delay', 'close', 'moveLeader'])

  await Promise.all([producer.disconnect(), admin.disconnect()])
  await broker.close()
})
