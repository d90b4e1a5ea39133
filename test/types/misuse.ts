/** What must not compile. A directive below that finds no error is an error itself. */
import { createClient, type KafkaClient } from 'kafka-loadtest'
import { type Draft, defineConfig, definePlugin, type Run, type Stream, without } from 'kafka-loadtest/plugin'
import { csv, keys, sizes } from 'kafka-loadtest/plugins'
import { z } from 'zod'
import { orders } from './plugins.ts'

export const configurations = [
  // @ts-expect-error the factory, not called
  defineConfig({ plugins: [keys.random] }),
  // @ts-expect-error an unknown key
  defineConfig({ rates: '50k/s' }),
  // @ts-expect-error an unknown key of a group
  defineConfig({ producer: { lingerMs: 5 } }),
  // @ts-expect-error not one of the choices
  defineConfig({ producer: { acks: 2 } }),
  // @ts-expect-error a secret itself
  defineConfig({ sasl: { mechanism: 'plain', username: 'alice', password: 'secret' } }),
  // @ts-expect-error not a mechanism
  defineConfig({ sasl: { mechanism: 'gssapi' } }),
  // @ts-expect-error TLS of a stream
  defineConfig({ streams: { orders: { tls: true } } }),
  // @ts-expect-error an option of the run in a stream
  defineConfig({ streams: { orders: { duration: '5s' } } }),
  // @ts-expect-error a stage without its length
  defineConfig({ rate: [{ rate: '1k/s' }] }),
  // @ts-expect-error a threshold is a comparison
  defineConfig({ thresholds: { 'response.p99': 20 } }),
  // @ts-expect-error a plugin of webpack
  defineConfig({ plugins: [{ apply(_compiler: { x: 1 }) {} }] }),
  // @ts-expect-error a plugin without a name
  defineConfig({ plugins: [{ stream(_stream: Stream) {} }] }),
  // @ts-expect-error a plugin without functions
  defineConfig({ plugins: [{ name: 'idle' }] }),
]

export const options = [
  // @ts-expect-error an unknown option
  keys.random({ cardinality: 3, cardinalty: 1 }),
  // @ts-expect-error an option of another type
  keys.random({ cardinality: '1k' }),
  // @ts-expect-error missing options
  sizes.uniform({ min: 1 }),
  // @ts-expect-error a plugin that takes none
  csv({ file: 'x.csv' }),
  // @ts-expect-error the argument is missing
  orders(),
  // @ts-expect-error not of the enum
  orders({ items: 1, currency: 'GBP' }),
  // @ts-expect-error it takes the name of a slot
  without(keys.random()),
]

export const plugins = [
  // @ts-expect-error register is synchronous
  definePlugin({ name: 'x', async register(_run) {} }),
  // @ts-expect-error stream is synchronous
  definePlugin({ name: 'x', async stream(_stream) {} }),
  // @ts-expect-error neither register nor stream
  definePlugin({ name: 'x' }),
  definePlugin({
    name: 'x',
    schema: z.object({ n: z.number() }),
    stream(_stream, { n }) {
      // @ts-expect-error the option is a number
      n.toUpperCase()
    },
  }),
]

export function taps(stream: Stream, run: Run): void {
  const { hooks } = stream
  // @ts-expect-error async on a hook that answers a value
  hooks.keyFor.tap(async () => 'x')
  // @ts-expect-error async on a hook without an answer
  hooks.onAck.tap(async () => {})
  // @ts-expect-error async on a bail hook
  hooks.beforeSend.tap(async (d: Draft) => d.setHeader('a', 'b'))
  // @ts-expect-error the same, by name
  hooks.onAck.tap(later)
  async function later() {}
  // @ts-expect-error a number is no answer
  hooks.beforeSend.tap(d => d.index)
  // @ts-expect-error true is no answer
  hooks.beforeSend.tap(() => true)
  // @ts-expect-error false is no answer
  hooks.valueFor.tap(() => false)
  // @ts-expect-error a size is a number
  hooks.sizeFor.tap(() => '8KiB')
  // @ts-expect-error a key is no object
  hooks.keyFor.tap(() => ({ id: 1 }))
  // @ts-expect-error not what a member can do
  hooks.pollFor.tap(() => 'stop')
  hooks.beforeSend.tap(d => {
    // @ts-expect-error the schedule's, read only
    d.index = 3
    // @ts-expect-error decided by keyFor
    d.key = 'x'
  })
  hooks.onAck.tap(acks => {
    // @ts-expect-error the driver's, read only
    acks.count = 0
  })
  // @ts-expect-error a hook of streams
  run.hooks.keyFor
  // @ts-expect-error a hook of runs
  hooks.sample
  // @ts-expect-error only the core fires
  hooks.onAck.call()
  // @ts-expect-error no other order than first and last
  hooks.onAck.tap(() => {}, { order: 'middle' })
  // @ts-expect-error no name, no before, no stage
  hooks.onAck.tap(() => {}, { before: 'console' })
  // @ts-expect-error not a place to judge for the better
  run.hooks.result.tap(result => result.judge('valid', 'fine', 'all good'))
}

export async function clients(client: KafkaClient): Promise<void> {
  // @ts-expect-error nobody to connect to
  await createClient({ timeout: '5s' })
  // @ts-expect-error an option of a run
  await createClient({ brokers: [], rate: '5k/s' })
  const producer = await client.producer()
  // @ts-expect-error a record without a value
  await producer.send('orders', { key: 'k' })
  // @ts-expect-error as kafkajs has it
  await producer.send({ topic: 'orders', messages: [{ value: 'x' }] })
  // @ts-expect-error one outcome for one record
  await producer.send('orders', { value: 'x' }).then(sent => sent.length)
  // @ts-expect-error a client has one member for each consumer
  await client.consumer('billing', { count: 3 })
  // @ts-expect-error not a place of a log
  await (await client.admin()).offsets('orders', 'begin')
}
