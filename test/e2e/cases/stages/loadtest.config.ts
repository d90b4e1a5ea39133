import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  // 0 to 200/s in a second, of which the first half is the warm-up, then a jump
  rate: [
    { rate: '200/s', for: '1s', ramp: true },
    { rate: '150/s', for: '500ms' },
  ],
  warmup: '500ms',
  consumers: 0,
  plugins: [fakeDriver()],
})
