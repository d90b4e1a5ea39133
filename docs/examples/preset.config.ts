import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'
import { presets } from 'kafka-loadtest/presets'

export default defineConfig(({ ci }) => ({
  extends: [presets.mixed({ p99: '50ms' })],
  scale: ci ? 0.01 : 1,
  brokers: ['kafka-1:9092', 'kafka-2:9092', 'kafka-3:9092'],
  plugins: [keys.hotSet({ hot: 10, share: '30%' })], // of the same slot as the preset's keys.zipf, so in its place
  thresholds: { 'dropped.count': null }, // unset
}))
