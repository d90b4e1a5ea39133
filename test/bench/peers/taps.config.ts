/** As fast as the broker takes it, keys hashed by murmur2, and four taps a record that do next to nothing. */
import { defineConfig } from 'kafka-loadtest'
import { keys } from 'kafka-loadtest/plugins'
import { told } from './told.ts'

export default defineConfig({
  rate: 'max',
  consumers: 0,
  plugins: [
    keys.random({ cardinality: 100_000 }),
    {
      name: 'four-taps',
      stream({ hooks }) {
        hooks.keyFor.tap(key => key)
        // none chosen: the driver's partitioner decides, by murmur2 of the key
        hooks.partitionFor.tap(() => undefined)
        hooks.sizeFor.tap(bytes => bytes)
        hooks.beforeSend.tap(({ size }) => (size < 0 ? false : undefined))
      },
    },
    told(),
  ],
})
