import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '200/s',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [fakeDriver()],
})
