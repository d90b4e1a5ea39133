import { defineConfig, definePreset, without } from 'kafka-loadtest'
import { fakeDriver } from 'kafka-loadtest/testing'
import { tag } from './team/tag.ts'

const byValue = definePreset({
  name: 'by-value',
  config: { topic: { name: 'from-the-value', partitions: 3 }, producer: { linger: '1ms' }, rate: '50/s' },
})

export default defineConfig({
  extends: ['./team/base', '@acme/payments', 'acme-plain', byValue(), { timeout: '9s' }],
  topic: { partitions: 2 },
  producer: { linger: null as never, maxInFlight: 2 },
  warmup: 0,
  duration: '1s',
  consumers: 0,
  plugins: [fakeDriver(), tag(), tag().as('tagged'), without('keys'), without('unwanted')],
})
