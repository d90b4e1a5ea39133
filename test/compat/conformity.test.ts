/** The cases of the conformity suite that need no fault of the broker, on a real Kafka. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { failures } from '../../plugins/drivers/kafkajs/conformity.ts'
import { kafkajsDriver } from '../../plugins/drivers/kafkajs/index.ts'
import { wireDriver } from '../../plugins/drivers/wire/index.ts'
import { conformity } from '../conformity/index.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

const brokers: string[] = []
let kafka: RealKafka
beforeAll(async () => {
  // it logs every batch that it refuses
  kafka = await startKafka({ quiet: true })
  brokers.push(kafka.address)
}, 180_000)
afterAll(() => kafka?.stop())

describe.each([
  ['wire', wireDriver(), {}],
  ['kafkajs', kafkajsDriver(), failures],
] as const)('%s', (_, plugin, known) => {
  for (const { name, run } of conformity(plugin, { brokers, failures: known })) it(name, run)
})
