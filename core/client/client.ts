/** `createClient`: a promise for each operation, over the driver port and outside of any run. */
import { suggest } from '../config/check.ts'
import { failAt } from '../config/layers.ts'
import { mergeConfig } from '../config/merge.ts'
import { resolveConfig } from '../config/resolve.ts'
import type { Config, ConsumersConfig, ProducerConfig, ResolvedStream } from '../config/types.ts'
import type { TopicSettings } from '../driver.ts'
import { ConfigError, type Fault, PluginError } from '../errors.ts'
import { idleHost } from '../host.ts'
import { createConsumer } from './consumer.ts'
import { createProducer } from './producer.ts'

/** As a configuration has them; variables of the environment set none of them. `brokers`: host:port. */
export type ClientOptions = Pick<Config, 'driver' | 'timeout' | 'tls' | 'sasl'> &
  Required<Pick<Config, 'brokers'>>
const OPTIONS: readonly string[] = ['brokers', 'driver', 'timeout', 'tls', 'sasl']
const START =
  "where there is no Kafka, startBroker() of 'kafka-loadtest/plugins' brings one: brokers: broker.addresses"

export type KafkaClient = Awaited<ReturnType<typeof createClient>>

/** A client that connects when it is used. @throws ConfigError for all that is wrong with its options. */
export async function createClient(options: ClientOptions) {
  const given = Object.entries({ ...options })
  const common: Config = Object.fromEntries(given.filter(([name]) => OPTIONS.includes(name)))
  const odd = given.filter(([name]) => !OPTIONS.includes(name))
  const known = `an option of a client: ${OPTIONS.join(', ')}`
  const faults: Fault[] = []
  const fail = failAt({ label: 'createClient()' }, faults)
  for (const [path, value] of odd) fail(path, value, known, suggest(path, OPTIONS))
  if (!common.brokers?.length) fail('brokers', common.brokers, 'addresses of a Kafka', START)
  const read = async (command: string, own: Config) => {
    const merged = await mergeConfig({ value: { ...common, ...own }, command, cwd: process.cwd(), env: {} })
    return { merged, config: await resolveConfig({ ...merged, faults: [...faults, ...merged.faults] }) }
  }
  const { merged, config } = await read('createClient', {})
  const stream = async (of: string, own: Config) => (await read(of, own)).config.streams[0] as ResolvedStream
  const host = idleHost(merged, config)
  try {
    host.register()
  } catch (error) {
    throw error instanceof PluginError && error.cause instanceof ConfigError ? error.cause : error
  }
  host.start(0)
  const driver = await host.hooks.driver.promise({ brokers: [...config.brokers] })
  if (driver === undefined) throw new Error('no plugin provided a driver')
  const { timeoutUs } = config
  let producers = 0
  const context = { driver, timeoutUs, now: () => host.now(), producerId: () => producers++ }
  let closed = false
  const opened = new Set<{ close(): Promise<void> }>()
  const kept = async <T extends { close(): Promise<void> }>(open: () => Promise<T>): Promise<T> => {
    if (closed) throw new Error('the client is closed')
    const one = await open()
    opened.add(one)
    return one
  }
  const close = async () => {
    closed = true
    await Promise.allSettled([...opened].map(one => one.close()))
    await driver.close(AbortSignal.timeout(timeoutUs / 1000))
    await host.close()
  }
  return {
    /** With settings as `producer` of a configuration; no linger, and the client's timeout bounds a delivery. */
    producer: (settings: ProducerConfig = {}) =>
      kept(async () => {
        const own = { linger: 0, deliveryTimeout: timeoutUs / 1e6, ...settings }
        return createProducer(context, (await stream('producer', { producer: own })).producer)
      }),
    /** A member of a group, with settings as `consumers` of a configuration. */
    consumer: (group: string, settings: Omit<ConsumersConfig, 'count' | 'group' | 'groups'> = {}) =>
      kept(async () => {
        const { consumers } = await stream('consumer', { consumers: { ...settings, group: group ?? '' } })
        const { count, groups, commitAfter, ...own } = consumers
        const expected = "a duration or 'off': what a poll has handed out is committed by commit()"
        if (commitAfter !== undefined)
          throw new ConfigError([{ path: 'consumers.commit', value: settings.commit, expected }])
        return createConsumer(context, await driver.consumer({ ...own, timeoutUs }))
      }),
    /** Topics and offsets. A topic is made with one partition and one replica, unless `settings` says more. */
    async admin() {
      const admin = await kept(() => driver.admin())
      return {
        createTopic: (topic: string, settings: Partial<TopicSettings> = {}) =>
          admin.create(topic, { partitions: 1, replicationFactor: 1, configs: {}, ...settings }),
        deleteTopic: (topic: string) => admin.delete(topic),
        describe: (topic: string) => admin.describe(topic),
        offsets: (topic: string, at: 'start' | 'end' | 'stable' = 'end') => admin.offsets(topic, at),
      }
    },
    /** Ends all of it: what was sent has its outcome by then, and members have left their groups. */
    close,
    [Symbol.asyncDispose]: close,
  }
}
