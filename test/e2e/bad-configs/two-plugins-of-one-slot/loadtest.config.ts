import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'

export default defineConfig({
  plugins: [keys.sequential(), keys.random({ cardinality: 1000 })],
})
