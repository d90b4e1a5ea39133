/** Four members in two threads, whose partitions go from one thread to the other and back. */
import { defineConfig, without } from 'kafka-loadtest'
import { consumers } from 'kafka-loadtest/plugins'

export default defineConfig({
  rate: '1k/s',
  warmup: 0,
  duration: '7s',
  threads: 2,
  topic: { partitions: 6 },
  consumers: { count: 4, commit: '400ms', sessionTimeout: '1s', from: 'earliest' },
  plugins: [
    without('console'),
    without('json'),
    consumers.churn({
      schedule: [
        { at: '1s', what: 'kill', member: 0, for: '300ms' },
        { at: '2500ms', what: 'leave', member: 'next', for: '300ms', every: '1s' },
        { at: '4s', what: 'kill', member: 1 },
      ],
    }),
  ],
})
