import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  consumers: { count: 0, group: `orders-${Math.random()}` },
  plugins: [fakeDriver()],
})
