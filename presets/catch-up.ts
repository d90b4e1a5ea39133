import { definePreset } from '../core/plugin.ts'
import { backlog } from '../plugins/consumers/backlog.ts'
import { below, duration, NOTHING_LOST, objective, taking } from './options.ts'

/** Consumers that were away come back to two minutes of records, while as many as ever arrive. */
export const catchUp = definePreset({
  name: 'catch-up',
  about: 'how long consumers that were away for two minutes take to read what has piled up',
  needs: { brokers: 3, memory: '1GiB', disk: '8GiB' },
  ...taking({
    p99: objective('200ms'),
    build: duration('2m', 'how long nobody reads, from the start of the warm-up'),
    drain: duration('2m', 'within which they have to catch up'),
  }),
  config: ({ p99, build, drain }) => ({
    rate: '20k/s',
    warmup: '10s',
    duration: '6m',
    size: '1KiB',
    topic: { partitions: 12 },
    producers: 5,
    consumers: { count: 6, from: 'earliest' },
    producer: { linger: '10ms' },
    plugins: [backlog({ build })],
    thresholds: {
      ...NOTHING_LOST,
      'response.p99': below(p99),
      'consumers.backlog.drain': below(drain),
    },
  }),
})
