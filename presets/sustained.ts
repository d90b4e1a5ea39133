import { definePreset } from '../core/plugin.ts'
import { drift } from '../plugins/drift/index.ts'
import { random } from '../plugins/keys/random.ts'
import { below, duration, NOTHING_LOST, objective, taking } from './options.ts'

/** An hour at an ordinary rate: response times at its end are those of its beginning. */
export const sustained = definePreset({
  name: 'sustained',
  about: 'whether an ordinary load runs for an hour without getting slower',
  needs: { brokers: 3, memory: '1GiB', disk: '24GiB' },
  ...taking({
    p99: objective('100ms'),
    slower: duration('20ms', 'by which the mean response time may rise from the first tenth to the last'),
  }),
  config: ({ p99, slower }) => ({
    rate: '10k/s',
    warmup: '1m',
    duration: '1h',
    size: '512B',
    topic: { partitions: 10 },
    producers: 5,
    consumers: 5,
    producer: { linger: '10ms' },
    plugins: [random({ cardinality: 1_000_000 }), drift()],
    thresholds: {
      ...NOTHING_LOST,
      'response.p99': below(p99),
      'endToEnd.p99': below(p99),
      'drift.response': below(slower),
    },
  }),
})
