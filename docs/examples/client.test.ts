import { createClient, SendError } from 'kafka-loadtest'
import { startBroker } from 'kafka-loadtest/plugins'
import { expect, it } from 'vitest'

it('a paid order is shipped', async () => {
  const broker = await startBroker()
  const client = await createClient({ brokers: broker.addresses, timeout: '5s' })

  const admin = await client.admin()
  await admin.createTopic('orders', { partitions: 3 })

  const producer = await client.producer()
  const { offset } = await producer.send('orders', { key: 'order-1', value: 'paid' })
  expect(offset).toBe(0)

  const consumer = await client.consumer('shipping', { from: 'earliest' })
  await consumer.subscribe('orders')
  const [record] = await consumer.poll()
  expect(String(record?.key)).toBe('order-1')
  expect(String(record?.value)).toBe('paid')

  await client.close()
  await broker.close()
})

it('an order that the broker refuses is not lost in silence', async () => {
  const broker = await startBroker({ partitions: 1 })
  const client = await createClient({ brokers: broker.addresses, timeout: '5s' })
  await (await client.admin()).createTopic('orders', { configs: { 'max.message.bytes': '1000' } })
  const producer = await client.producer({ compression: 'none', acks: 'all' })

  const orders = [{ value: 'small' }, { value: 'x'.repeat(2000) }]
  const error = await producer.send('orders', orders).catch(reason => reason)

  expect(error).toBeInstanceOf(SendError)
  expect((error as SendError).outcomes.map(outcome => outcome.state)).toEqual(['acked', 'failed'])

  await client.close()
  await broker.close()
})
