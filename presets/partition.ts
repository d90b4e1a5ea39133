import { definePreset } from '../core/plugin.ts'
import { imbalanced } from '../plugins/partitions/imbalanced.ts'
import { below, NOTHING_LOST, number, objective, taking } from './options.ts'

/** With a skew of 1 over 24 partitions the first gets 26 % of all records, the last 1 %. */
export const partition = definePreset({
  name: 'partition',
  about: 'what an uneven spread over partitions does to their leaders and their consumers',
  needs: { brokers: 3, memory: '1GiB', disk: '8GiB' },
  ...taking({
    p99: objective('200ms'),
    skew: number(0, 100, 1, 'exponent s: partition p gets (p + 1)^−s times as many records as partition 0'),
  }),
  config: ({ p99, skew }) => ({
    rate: '50k/s',
    warmup: '10s',
    duration: '5m',
    size: '512B',
    topic: { partitions: 24 },
    producers: 10,
    consumers: 8,
    producer: { linger: '10ms' },
    plugins: [imbalanced({ skew })],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
