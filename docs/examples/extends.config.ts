import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'
import { payments } from './payments.ts'

export default defineConfig({
  extends: [payments({ scale: 0.1 })],
  duration: '20s',
  plugins: [keys.sequential()], // of the same slot as the preset's hot-keys, so in its place
  thresholds: { 'failed.count': null }, // unset
})
