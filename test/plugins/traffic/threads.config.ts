/** Keys, sizes and headers by index, from a driver without a broker: the same sample in any number of threads. */
import { defineConfig, without } from 'kafka-loadtest'
import { headers, keys, sizes } from 'kafka-loadtest/plugins'
import { fakeDriver } from 'kafka-loadtest/testing'

export default defineConfig({
  rate: '20k/s',
  warmup: 1,
  duration: 4,
  producers: 7,
  consumers: 0,
  plugins: [
    without('console'),
    without('json'),
    fakeDriver(),
    keys.random({ cardinality: 300 }),
    sizes.lognormal({ median: 800, p99: '8KiB' }),
    headers.template({ name: 'tenant', template: '{0..9}' }),
  ],
})
