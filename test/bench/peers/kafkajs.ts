/**
 * kafkajs at full speed: as many `send`s under way as the others have requests, each with as many records as fit into their batch.
 * Once a second, on standard output: records so far.
 */
import { Kafka, logLevel } from 'kafkajs'
import { produceInBatches } from './batches.ts'

await produceInBatches(async ({ brokers, topic, inFlight, value, records, timeoutMs }) => {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.ERROR, requestTimeout: timeoutMs })
  const producer = kafka.producer({ maxInFlightRequests: inFlight, idempotent: false })
  await producer.connect()
  const messages = Array.from({ length: records }, () => ({ value, partition: 0 }))
  return {
    send: () => producer.send({ topic, acks: 1, messages }),
    close: () => producer.disconnect(),
  }
})
