import { defineConfig } from 'kafka-loadtest'
import { keys, sizes } from 'kafka-loadtest/plugins'

export default defineConfig(({ ci }) => ({
  warmup: '5s',
  size: '1KiB', // of both streams
  plugins: [sizes.uniform({ min: '200B', max: '2KiB' })],
  streams: {
    orders: {
      rate: [
        { rate: ci ? '100/s' : '1k/s', for: '10s' },
        { rate: ci ? '500/s' : '5k/s', for: '20s', ramp: true },
      ],
      plugins: [keys.random({ cardinality: 1000 })],
      thresholds: { 'response.p99': { expect: '< 200ms', phase: 'measure' } },
    },
    audit: { rate: '50/s', size: '10KiB', consumers: 0, producer: { acks: 1 } },
  },
  thresholds: { 'failed.count': '== 0', 'orders.achieved.rate': ['> 100/s', '< 6k/s'] },
}))
