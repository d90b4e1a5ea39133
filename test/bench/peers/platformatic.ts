/**
 * @platformatic/kafka at full speed: as many `send`s under way as the others have requests, each with as many records as fit into
 * their batch. Once a second, on standard output: records so far.
 */
import { ProduceAcks, Producer } from '@platformatic/kafka'
import { produceInBatches } from './batches.ts'

await produceInBatches(async ({ brokers, topic, inFlight, value, records, timeoutMs }) => {
  const producer = new Producer({
    clientId: 'peer',
    bootstrapBrokers: [brokers],
    maxInflights: inFlight,
    requestTimeout: timeoutMs,
    acks: ProduceAcks.LEADER,
    idempotent: false,
  })
  const messages = Array.from({ length: records }, () => ({ topic, value, partition: 0 }))
  return {
    send: () => producer.send({ messages }),
    close: () => producer.close(),
  }
})
