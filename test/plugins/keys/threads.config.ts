/** Every plugin of keys and partitions at once, a stream for each. Each record is told to main. */
import { defineConfig, type StreamConfig, without } from 'kafka-loadtest'
import { keys, partitions } from 'kafka-loadtest/plugins'
import { fakeDriver } from 'kafka-loadtest/testing'

const streams: Record<string, NonNullable<StreamConfig['plugins']>> = {
  sequential: [keys.sequential()],
  random: [keys.random({ cardinality: 2 ** 53 })],
  hash: [keys.hash({ cardinality: 1e9, format: 'hex' })],
  roundRobin: [keys.roundRobin({ cardinality: 7 })],
  zipf: [keys.zipf({ skew: 1.1 })],
  hotSet: [keys.hotSet({ hot: 10, share: 0.8 })],
  gaussian: [keys.gaussian({ deviation: 100 })],
  movingHot: [keys.movingHot({ cardinality: 1000, share: 0.8, every: '100ms' })],
  lines: [keys.file({ path: 'keys.txt' })],
  column: [keys.file({ path: 'keys.csv', format: 'csv', column: 'user', order: 'random' })],
  weighted: [keys.weighted({ keys: { a: '70%', b: '30%' } })],
  template: [keys.template({ template: 'user-{0..9999}', order: 'random' })],
  nulls: [keys.random(), keys.nulls({ share: 0.3 })],
  explicit: [partitions.explicit({ partitions: [3, 1, 1] })],
  shares: [partitions.weighted({ weights: [1, 0, 5, 2] })],
  imbalanced: [partitions.imbalanced({ skew: 0.5 })],
  custom: [
    keys.sequential(),
    partitions.custom({
      choose: (draft, count) => (Number(draft.key) % 3 === 0 ? undefined : draft.index % count),
    }),
  ],
}

export default defineConfig({
  rate: '500/s',
  warmup: 0,
  duration: '1s',
  producers: 5,
  consumers: 0,
  topic: { partitions: 4 },
  seed: 7,
  plugins: [
    without('console'),
    without('json'),
    fakeDriver(),
    {
      name: 'told',
      stream(stream, run) {
        const records: unknown[] = []
        const told = stream.metrics.collect<unknown[]>('records', {
          take: () => records,
          merge: (a, b) => [...a, ...b],
        })
        stream.hooks.beforeSend.tap(d => {
          const key = d.key instanceof Uint8Array ? Buffer.from(d.key).toString() : d.key
          records.push([d.index, key, d.partition])
        })
        run.hooks.result.tap(result => {
          result.sections[`records of ${stream.name}`] = told.value
        })
      },
    },
  ],
  streams: Object.fromEntries(Object.entries(streams).map(([name, plugins]) => [name, { plugins }])),
})
