import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'

export default defineConfig({
  rate: '2k/s',
  duration: '30s',
  topic: { name: 'orders', partitions: 6 },
  plugins: [
    keys.random({ cardinality: 10_000 }),
    {
      name: 'tenants',
      stream(stream) {
        const rare = stream.metrics.counter('rare', { unit: 'records', help: 'records of rare tenants' })
        stream.hooks.beforeSend.tap(draft => {
          if (draft.index % 100 !== 0) return
          draft.setHeader('tenant', 'rare')
          rare.add()
        })
      },
    },
  ],
  thresholds: { 'response.p99': '< 50ms', 'failed.count': '== 0', 'tenants.rare': '> 0' },
})
