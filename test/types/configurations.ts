/** What must compile: configurations and presets as users write them, and runs from a script. */
import { type ClientRecord, createClient, defineConfig, definePreset, run, without } from 'kafka-loadtest'
import { csv, keys, sizes } from 'kafka-loadtest/plugins'
import { z } from 'zod'
import { orders } from './plugins.ts'

export default defineConfig({
  brokers: ['kafka-1:9092'],
  rate: '50k/s',
  warmup: 5,
  duration: '2m',
  topic: { name: 'orders', partitions: 12, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } },
  producers: 4,
  consumers: { count: 4, group: 'billing', from: 'earliest' },
  producer: { acks: 'all', compression: 'gzip', linger: '5ms', batchSize: '64KiB', buffer: 2 ** 25 },
  size: '1KiB',
  plugins: [
    keys.random({ cardinality: 1e6 }),
    sizes.uniform({ min: '100B', max: 8192 }),
    'csv',
    ['loadtest-plugin-x', { any: 'thing' }],
    without('console'),
    {
      name: 'acme-tenant',
      stream(stream) {
        const rare = stream.metrics.counter('tenant.rare', {
          unit: 'records',
          help: 'records of rare tenants',
        })
        stream.hooks.beforeSend.tap(draft => {
          if (draft.index % 1000 === 0) {
            rare.add()
            draft.setHeader('tenant', 'rare')
          }
        })
      },
    },
  ],
  thresholds: {
    'response.p99': '< 20ms',
    'failed.count': '== 0',
    'achieved.rate': ['> 49k/s', '<= 50k/s'],
    'service.p999': { expect: '< 1s', phase: 'warmup' },
    'acme-tenant.tenant.rare': '> 0',
  },
})

export const payments = definePreset({
  name: '@acme/loadtest-preset-payments',
  schema: z.object({ scale: z.number().positive().default(1) }),
  config: ({ scale }) => ({
    rate: 5000 * scale,
    producer: { acks: 'all' },
    plugins: [keys.random({ cardinality: 1e5 }), orders({ items: 3 })],
    thresholds: { 'response.p99': '< 50ms' },
  }),
})
export const plain = definePreset({ name: 'plain', config: { rate: '5k/s' } })

export const extended = defineConfig({
  extends: [payments({ scale: 0.1 }), payments(), plain(), { rate: 1 }, '@acme/x', './team.ts'],
  topic: 'orders',
  consumers: 0,
  rate: [
    { rate: '1k/s', for: '30s' },
    { rate: '10k/s', for: '1m', ramp: true },
  ],
  plugins: [csv(), keys.sequential().as('second')],
  thresholds: { 'response.p99': null },
  streams: { orders: { rate: '80 MB/s' }, audit: { rate: 'max', plugins: [keys.random()] } },
})
export const asked = defineConfig(({ ci, env, command }) => ({
  rate: ci ? '1k/s' : '10k/s',
  topic: `${env['USER'] ?? 'nobody'}-${command}`,
}))
export const awaited = defineConfig(async ({ ci }) => ({ rate: ci ? '1k/s' : '10k/s' }))

export const secured = [
  defineConfig({ tls: true, sasl: { mechanism: 'oauthbearer', token: { file: './token' } } }),
  defineConfig({
    tls: {
      ca: 'ca.pem',
      cert: 'client.pem',
      key: 'client.key',
      servername: 'kafka',
      rejectUnauthorized: false,
    },
    sasl: { mechanism: 'scram-sha-512', username: 'alice', password: { env: 'KAFKA_PASSWORD' } },
  }),
]

/** In the calling thread, and on threads that import the module. */
export async function scripts(): Promise<readonly (number | string | undefined)[]> {
  const inline = await run(
    { rate: '5k/s', plugins: [keys.random({ cardinality: 10 })] },
    { signal: AbortSignal.timeout(60_000), onSnapshot: snapshot => void snapshot.row.generator.cpu },
  )
  const threaded = await run(new URL('./configurations.ts', import.meta.url), {
    overrides: { duration: '5s' },
  })
  const acked: number | undefined = inline.streams['default']?.phases.measure.counts.acked
  return [
    acked,
    inline.value('response.p99'),
    threaded.exitCode,
    threaded.histogram('response', 'default', 'measure')?.max,
  ]
}

/** A client outside of any run. */
export async function client(): Promise<readonly ClientRecord[]> {
  const made = await createClient({
    ...{ brokers: ['kafka-1:9093'], timeout: '5s', driver: 'kafkajs', tls: true },
    sasl: { mechanism: 'plain', username: 'app', password: { env: 'KAFKA_PASSWORD' } },
  })
  const producer = await made.producer({ compression: 'zstd', idempotent: true })
  const one: number = (await producer.send('orders', { key: 'k', value: 'v', headers: { h: 'x' } })).offset
  const several: number[] = (await producer.send('orders', [{ value: null, timestamp: 1 }])).map(
    s => s.partition,
  )
  const admin = await made.admin()
  await admin.createTopic('orders', { partitions: one + several.length })
  const offsets: readonly number[] = await admin.offsets('orders', 'stable')
  const consumer = await made.consumer('billing', { from: 'earliest', isolation: 'read_committed' })
  await consumer.subscribe(['orders', 'payments'])
  const records = await consumer.poll({ timeout: offsets.length })
  const value: Buffer | null | undefined = records[0]?.headers['h'] ?? records[0]?.value
  await (value === null ? consumer.close() : consumer.commit())
  await made[Symbol.asyncDispose]()
  return records
}
