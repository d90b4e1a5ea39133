/** What tests of the wire driver's consumer share at a real Kafka: topics, records in them, readers of ours and of Java's. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'
import type { Consumer, ConsumerOptions, RunEvent } from '../../core/plugin.ts'
import { Cluster } from '../../plugins/drivers/wire/cluster.ts'
import { WireConsumer } from '../../plugins/drivers/wire/consumer/consumer.ts'
import type { Tuning } from '../../plugins/drivers/wire/consumer/tuning.ts'
import { now } from '../plugins/drivers/wire/consumer/fixture.ts'
import { tools } from './embedded/clients.ts'
import { javaArgs } from './java.ts'
import { type RealKafka, startKafka } from './real-kafka.ts'

export class KafkaFixture {
  readonly kafka: RealKafka
  readonly cluster: Cluster
  /** kafkajs, for what is not under test. */
  readonly client: Kafka
  readonly admin: Admin
  readonly #producer: Producer
  readonly #consumers: Consumer[] = []
  readonly #members: { stop(): Promise<void> }[] = []

  private constructor(kafka: RealKafka) {
    this.client = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING })
    this.kafka = kafka
    this.cluster = new Cluster([kafka.address], { timeoutMs: 20_000 })
    this.admin = this.client.admin()
    this.#producer = this.client.producer()
  }

  static async start(settings: Readonly<Record<string, unknown>> = {}): Promise<KafkaFixture> {
    const fixture = new KafkaFixture(await startKafka({ settings }))
    await Promise.all([fixture.admin.connect(), fixture.#producer.connect()])
    return fixture
  }

  async stop(): Promise<void> {
    for (const each of this.#consumers) each.kill()
    await Promise.all(this.#members.map(each => each.stop()))
    this.cluster.close()
    await Promise.all([this.admin.disconnect(), this.#producer.disconnect()])
    await this.kafka.stop()
  }

  async topic(numPartitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const topic = `wire-${randomUUID()}`
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await this.admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true })
    return topic
  }

  async open(options: Partial<ConsumerOptions> = {}, tuning: Partial<Tuning> = {}) {
    const consumer = await WireConsumer.open(this.cluster, { timeoutUs: 60_000_000, ...options }, now, tuning)
    const events: RunEvent[] = []
    consumer.onEvent(event => events.push(event))
    this.#consumers.push(consumer)
    return Object.assign(consumer, { events })
  }

  /** A member that hears of a rebalance soon. */
  async member(
    topic: string,
    group: string,
    options: Partial<ConsumerOptions> = {},
    tuning: Partial<Tuning> = {},
  ) {
    const consumer = await this.open({ group, from: 'earliest', ...options }, { heartbeatMs: 200, ...tuning })
    await consumer.subscribe([topic])
    return consumer
  }

  /** Writes so many records over the first partitions; their values. */
  async fill(topic: string, partitions: number, count: number, first = 0): Promise<string[]> {
    const values = Array.from({ length: count }, (_, i) => `r${first + i}`)
    const messages = values.map((value, i) => ({ value, partition: i % partitions }))
    await this.#producer.send({ topic, messages })
    return values.sort()
  }

  /** Writes a few records every now and then, until it is stopped: resolves to the values of all. */
  keepFilling(topic: string, partitions: number): { stop(): Promise<string[]> } {
    let on = true
    const all: string[] = []
    const filling = (async () => {
      while (on) {
        all.push(...(await this.fill(topic, partitions, partitions * 2, all.length)))
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    })()
    return {
      stop: async () => {
        on = false
        await filling
        return all.sort()
      },
    }
  }

  /** Kafka's console consumer, with what it prints. */
  javaMember(topic: string, group: string, ...settings: string[]) {
    const child: ChildProcess = spawn(
      'java',
      javaArgs('256m', `${tools}.consumer.ConsoleConsumer`, [
        ...['--bootstrap-server', this.kafka.address, '--topic', topic, '--group', group],
        ...settings.flatMap(each => ['--consumer-property', each]),
      ]),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const values: string[] = []
    child.stdout!.setEncoding('utf8')
    let rest = ''
    child.stdout!.on('data', chunk => {
      const all = (rest + chunk).split('\n')
      rest = all.pop()!
      values.push(...all)
    })
    const member = {
      values,
      async stop() {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = new Promise(resolve => child.once('exit', resolve))
        child.kill('SIGTERM')
        await ended
      },
    }
    this.#members.push(member)
    return member
  }

  async group(group: string) {
    return (await this.admin.describeGroups([group])).groups[0]!
  }
}
