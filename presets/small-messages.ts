import { definePreset } from '../core/plugin.ts'
import { random } from '../plugins/keys/random.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Values hardly larger than the stamp in them: what a record costs besides its bytes. */
export const smallMessages = definePreset({
  name: 'small-messages',
  about: 'what a record costs besides its bytes: many of 64 B, as sensors and clicks send them',
  needs: { brokers: 3, memory: '1GiB', disk: '8GiB' },
  ...taking({ p99: objective('100ms') }),
  config: ({ p99 }) => ({
    rate: '200k/s',
    warmup: '10s',
    duration: '5m',
    size: '64B',
    topic: { partitions: 12 },
    producers: 10,
    consumers: 5,
    producer: { linger: '10ms', batchSize: '128KiB' },
    plugins: [random({ cardinality: 1_000_000 })],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
