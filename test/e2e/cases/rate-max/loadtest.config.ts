import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: 'max',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [fakeDriver({ capacity: 20, delayUs: 5000 })],
  thresholds: { 'acked.count': '> 500', 'service.p50': '>= 5ms' },
})
