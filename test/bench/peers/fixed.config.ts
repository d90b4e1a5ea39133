/** A fixed rate, keyed: response time, service time and scheduling lag of every record. */
import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'
import { told } from './told.ts'

export default defineConfig({
  consumers: 0,
  plugins: [keys.random({ cardinality: 100_000 }), told()],
})
