import { definePreset } from '../core/plugin.ts'
import { zipf } from '../plugins/keys/zipf.ts'
import { lognormal } from '../plugins/sizes/lognormal.ts'
import { filler } from '../plugins/values/filler.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Keys of which some are more popular, and values of many sizes, 512 B on average: what most applications send. */
export const mixed = definePreset({
  name: 'mixed',
  about: 'many applications at once: keys, sizes of 512 B on average, as many readers as writers',
  needs: { brokers: 3, memory: '1GiB', disk: '8GiB' },
  ...taking({ p99: objective('100ms') }),
  config: ({ p99 }) => ({
    rate: '50k/s',
    warmup: '10s',
    duration: '5m',
    size: '512B',
    topic: { partitions: 24 },
    producers: 20,
    consumers: 20,
    producer: { compression: 'snappy', linger: '10ms' },
    stamp: 'value',
    plugins: [
      zipf({ cardinality: 1_000_000, skew: 0.8 }),
      lognormal({ median: '336B', p99: '2688B', min: '64B', max: '64KiB' }),
      filler({ compressibility: 0.5 }),
    ],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
