import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '100/s',
  warmup: '500ms',
  duration: '1s',
  consumers: 0,
  topic: 'orders',
  producers: 2,
  plugins: [fakeDriver(), keys.sequential()],
  streams: {
    orders: {},
    audit: {
      rate: '40/s',
      // a topic of its own, not the one above
      topic: null as never,
      plugins: [
        { name: 'half', stream: s => s.hooks.beforeSend.tap(d => (d.index % 2 === 0 ? false : undefined)) },
      ],
    },
  },
  thresholds: { 'orders.response.p50': '< 5s', 'audit.dropped.count': '== 20' },
})
