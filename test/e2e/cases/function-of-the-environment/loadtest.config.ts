import { defineConfig } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig(async ({ command, ci, env }) => ({
  topic: `orders-${env['STAGE']}-${command}-${ci}`,
  rate: '50/s',
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [fakeDriver()],
}))
