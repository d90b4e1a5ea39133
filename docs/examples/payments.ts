import { definePreset } from 'kafka-loadtest/plugin'
import { z } from 'zod'
import { hotKeys } from './hot-keys.ts'

/** What every load test of the payments team has in common. */
export const payments = definePreset({
  name: 'loadtest-preset-payments',
  schema: z.strictObject({ scale: z.number().positive().default(1) }),
  config: ({ scale }) => ({
    rate: 5000 * scale,
    producer: { acks: 'all', linger: '10ms' },
    plugins: [hotKeys({ cardinality: 1000 })],
    thresholds: { 'failed.count': '== 0' },
  }),
})
