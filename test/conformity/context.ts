/** What a case works with: a cluster, the driver under test, and all that it opened, ended with it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../core/index.ts'
import type {
  Config,
  Consumer,
  ConsumerOptions,
  Driver,
  InlinePlugin,
  Plugin,
  ProducerOptions,
  ProducerSettings,
  Result,
  RunEvent,
} from '../../core/plugin.ts'
import type { FaultAction, RunningBroker } from '../../plugins/index.ts'
import { RawCluster } from './cluster.ts'
import { Harness, TIMEOUT_US, until } from './harness.ts'
import { type FaultyProxy, type ProxyOptions, startProxy } from './proxy.ts'
import { openSubject, type Subject } from './subject.ts'

export interface Surroundings {
  readonly plugin: Plugin | InlinePlugin
  readonly brokers: readonly string[]
  /** The embedded broker; undefined: the brokers are real ones. */
  readonly broker: RunningBroker | undefined
  readonly config: Config
  /** How long a case waits for what has to come about, in ms. */
  readonly patienceMs: number
}
/** How often memory is looked at, and by how much buffers may have grown meanwhile, and the process in the end. */
const [LOOK_MS, MOST_IN_BUFFERS, MOST_RSS] = [3, 32 * 2 ** 20, 100 * 2 ** 20]

export type ListeningConsumer = Consumer & { readonly events: readonly RunEvent[] }

export class Context {
  readonly brokers: readonly string[]
  /** Requests beside the driver. */
  readonly raw: RawCluster
  readonly #around: Surroundings
  readonly #ends: (() => unknown)[] = []
  readonly #subjects: Subject[] = []
  #topics = 0

  private constructor(around: Surroundings) {
    this.#around = around
    this.brokers = around.brokers
    this.raw = new RawCluster(around.brokers)
    this.defer(() => this.raw.close())
  }

  static async open(around: Surroundings): Promise<Context> {
    const context = new Context(around)
    await context.subject()
    return context
  }

  /** The embedded broker, with its hooks for faults. */
  get broker(): RunningBroker {
    const { broker } = this.#around
    assert.ok(broker, 'this case needs the embedded broker: say so in its `needs`')
    return broker
  }
  /** The driver under test, connected to nothing yet. */
  get driver(): Driver {
    return this.#subjects[0]!.driver
  }
  now(): number {
    return this.#subjects[0]!.now()
  }

  /** Another driver of the plugin, of other brokers or with other settings. */
  async subject(brokers = this.brokers, config: Config = {}): Promise<Driver> {
    const subject = await openSubject(this.#around.plugin, brokers, { ...this.#around.config, ...config })
    this.#subjects.push(subject)
    this.defer(() => subject.close())
    return subject.driver
  }

  /** Aborts when patience is over. */
  soon(): AbortSignal {
    return AbortSignal.timeout(this.#around.patienceMs)
  }
  /** Waits for something that has to come about, as long as patience lasts. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, condition, this.#around.patienceMs)
  }

  /** Undone when the case ends, last in first out. */
  defer(end: () => unknown): void {
    this.#ends.push(end)
  }
  async close(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end()
  }

  /** Watches the memory of the process. Answers what asserts that it never grew much. */
  memory(): () => void {
    const before = process.memoryUsage()
    let peak = 0
    // what is allocated and never written to is in no RSS
    const look = () => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before.arrayBuffers)
    }
    const looking = setInterval(look, LOOK_MS)
    this.defer(() => clearInterval(looking))
    return () => {
      look()
      assert.ok(peak < MOST_IN_BUFFERS, `memory followed a length field: buffers of ${peak} bytes`)
      assert.ok(process.memoryUsage().rss - before.rss < MOST_RSS, 'memory followed a length field')
    }
  }

  /** The path of a file with this text, until the case ends. */
  file(name: string, text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'conformity-'))
    this.defer(() => rmSync(folder, { recursive: true }))
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  /** A name that nothing else has. */
  name(what: string): string {
    return `${what}-${randomBytes(4).toString('hex')}-${this.#topics++}`
  }
  /** @param replicas default: on every broker. */
  async topic(
    partitions = 1,
    configs: Readonly<Record<string, string>> = {},
    replicas?: number,
  ): Promise<string> {
    const name = this.name('conformity')
    await this.raw.create(name, partitions, configs, replicas)
    return name
  }

  async producer(
    topic: string,
    changes: Partial<ProducerSettings> = {},
    {
      partitions = 1,
      driver = this.driver,
      ...others
    }: Partial<Omit<ProducerOptions, 'settings' | 'topic'>> & { readonly driver?: Driver } = {},
  ): Promise<Harness> {
    return Harness.open(driver, topic, partitions, changes, others.id, others, () => this.now())
  }

  async consumer(options: Partial<ConsumerOptions> = {}, driver = this.driver): Promise<ListeningConsumer> {
    const consumer = await driver.consumer({ timeoutUs: TIMEOUT_US, ...options })
    const events: RunEvent[] = []
    consumer.onEvent(event => events.push(event))
    return Object.assign(consumer, { events })
  }
  /** One that has joined the group. */
  async member(
    topic: string,
    group: string,
    options: Partial<ConsumerOptions> = {},
    driver = this.driver,
  ): Promise<ListeningConsumer> {
    const consumer = await this.consumer({ group, from: 'earliest', ...options }, driver)
    await consumer.subscribe([topic])
    return consumer
  }
  /** One that reads all partitions of a topic from an offset, 0 by default. */
  async reader(
    topic: string,
    partitions = 1,
    options: Partial<ConsumerOptions> = {},
    offset = 0,
  ): Promise<ListeningConsumer> {
    const consumer = await this.consumer(options)
    await consumer.assign(
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset })),
    )
    return consumer
  }

  /** A whole run with the plugin as its driver. */
  async run(config: Config): Promise<Result> {
    const plugins = [this.#around.plugin]
    return run({ allowTainted: true, ...this.#around.config, brokers: this.brokers, ...config, plugins })
  }

  /** The next requests of an API that are met, after those that are let through. */
  fault(api: string, action: FaultAction, times = 1, after = 0): void {
    this.broker.faults.add({ when: { api, times, after }, do: action })
  }
  /** The embedded broker, seen through a proxy that changes its answers, and a driver that is connected to it. */
  async proxied(options: ProxyOptions): Promise<FaultyProxy & { readonly driver: Driver }> {
    const proxy = await startProxy(this.broker.address, options)
    this.defer(() => proxy.close())
    return { ...proxy, driver: await this.subject([proxy.address]) }
  }
}
