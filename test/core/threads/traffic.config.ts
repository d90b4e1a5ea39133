/** The same traffic whatever the threads: every record is told to main, answers are delayed by a hash of the index. */
import { defineConfig, without } from 'kafka-loadtest'
import { keys, sizes } from 'kafka-loadtest/plugins'
import { fakeDriver } from 'kafka-loadtest/testing'

const hash = (index: number) => Math.imul(index + 1, 0x9e3779b1) >>> 0

export default defineConfig({
  rate: [
    { rate: 100, for: '2s' },
    { rate: 900, for: '4s', ramp: true },
  ],
  warmup: '1s',
  producers: 5,
  consumers: 0,
  seed: 7,
  plugins: [
    without('console'),
    without('json'),
    keys.random({ cardinality: 1000 }),
    sizes.uniform({ min: 10, max: 300 }),
    fakeDriver({ delayUs: index => 500 + (hash(index) % 200_000) }),
    {
      name: 'told',
      stream(stream, run) {
        const records: unknown[] = []
        const told = stream.metrics.collect<unknown[]>('records', {
          take: () => records,
          merge: (a, b) => [...a, ...b],
        })
        stream.hooks.beforeSend.tap(d => {
          records.push([d.index, d.key, d.size, d.scheduledAt])
        })
        run.hooks.result.tap(result => {
          result.sections['records'] = told.value
        })
      },
    },
  ],
})
