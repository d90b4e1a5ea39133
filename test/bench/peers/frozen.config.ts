/** 50k/s into a broker that stands still for half a minute: the buffer is capped, what does not fit is dropped and counted. */
import { defineConfig } from 'kafka-loadtest'
import { told } from './told.ts'

export default defineConfig({
  consumers: 0,
  timeout: '60s',
  producer: { buffer: '64MiB', deliveryTimeout: '60s' },
  plugins: [told()],
})
