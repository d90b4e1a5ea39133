import { definePreset } from '../core/plugin.ts'
import { drift } from '../plugins/drift/index.ts'
import { random } from '../plugins/keys/random.ts'
import { below, duration, NOTHING_LOST, objective, size, taking } from './options.ts'

/**
 * A day. What leaks shows in the generator's memory, what fills up in the response times, and a clock that is set in
 * between is no mystery afterwards. The topic keeps an hour, so that disks do not fill.
 */
export const soak = definePreset({
  name: 'soak',
  about: 'what only a day shows: leaks, full disks, response times that creep up, clocks that part',
  needs: { brokers: 3, memory: '1GiB', disk: '32GiB' },
  ...taking({
    p99: objective('100ms'),
    slower: duration('20ms', 'by which the mean response time may rise from the first tenth to the last'),
    growth: size('256MiB', "by which the generator's memory may grow from the first tenth to the last"),
    clock: duration('1s', 'by which the wall clock may part from the monotonic one'),
  }),
  config: ({ p99, slower, growth, clock }) => ({
    rate: '10k/s',
    warmup: '5m',
    duration: '24h',
    size: '512B',
    topic: { partitions: 10, configs: { 'retention.ms': '3600000', 'segment.ms': '600000' } },
    producers: 5,
    consumers: 5,
    producer: { linger: '10ms' },
    plugins: [random({ cardinality: 1_000_000 }), drift()],
    thresholds: {
      ...NOTHING_LOST,
      'response.p99': below(p99),
      'endToEnd.p99': below(p99),
      'drift.response': below(slower),
      'drift.memory': `< ${growth}`,
      'drift.clock': below(clock),
    },
  }),
})
