import { definePreset } from '../core/plugin.ts'
import { random } from '../plugins/keys/random.ts'
import { bursts } from '../plugins/load/bursts.ts'
import { filler } from '../plugins/values/filler.ts'
import { below, NOTHING_LOST, number, objective, taking } from './options.ts'

/** A quiet rate, and six times of it for five seconds out of thirty, at moments that nobody expects. */
export const burst = definePreset({
  name: 'burst',
  about: 'how a cluster takes bursts: five seconds at a multiple of the rate, every half a minute',
  needs: { brokers: 3, memory: '2GiB', disk: '8GiB' },
  ...taking({
    p99: objective('500ms'),
    peak: number(1.01, 1000, 6, 'factor of the rate in a burst'),
  }),
  config: ({ p99, peak }) => ({
    rate: '10k/s',
    warmup: '30s',
    duration: '5m',
    size: '2KiB',
    topic: { partitions: 20 },
    producers: 20,
    consumers: 10,
    producer: { compression: 'lz4', linger: '10ms', buffer: '64MiB' },
    stamp: 'value',
    plugins: [
      random({ cardinality: 1_000_000 }),
      bursts({ on: '5s', off: '25s', peak, floor: 1, jitter: 0.5 }),
      filler({ compressibility: 0.5 }),
    ],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
