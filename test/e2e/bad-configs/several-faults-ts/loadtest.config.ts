import { defineConfig } from 'kafka-loadtest'

export default defineConfig({
  rate: 'fast',
  duration: 'two minutes',
  producer: {
    acks: 2,
    linger: '5 ms or so',
  },
  topic: { partitons: 12 },
  thresholds: {
    'response.p99': '< 20',
  },
})
