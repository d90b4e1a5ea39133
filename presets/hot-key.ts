import { definePreset } from '../core/plugin.ts'
import { hotSet } from '../plugins/keys/hot-set.ts'
import { below, NOTHING_LOST, number, objective, taking, whole } from './options.ts'

/** All records of a key go to one partition, so a hot key is a hot partition, and one consumer's whole work. */
export const hotKey = definePreset({
  name: 'hot-key',
  about: 'what one customer who makes most of the traffic does to a partition and to its consumer',
  needs: { brokers: 3, memory: '1GiB', disk: '4GiB' },
  ...taking({
    p99: objective('200ms'),
    hot: whole(1, 999_999, 1, 'number of hot keys'),
    share: number(0, 1, 0.5, 'of all records, what the hot keys get together'),
  }),
  config: ({ p99, hot, share }) => ({
    rate: '20k/s',
    warmup: '10s',
    duration: '5m',
    size: '512B',
    topic: { partitions: 12 },
    producers: 5,
    consumers: 6,
    producer: { linger: '10ms' },
    plugins: [hotSet({ cardinality: 1_000_000, hot, share })],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
