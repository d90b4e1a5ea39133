import { definePreset } from '../core/plugin.ts'
import { random } from '../plugins/keys/random.ts'
import { filler } from '../plugins/values/filler.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** More connections and more load than one service makes: where something gives way first. */
export const stress = definePreset({
  name: 'stress',
  about: 'what gives way first under more load and more connections than one service makes',
  needs: { brokers: 3, memory: '4GiB', disk: '64GiB' },
  ...taking({ p99: objective('2s') }),
  config: ({ p99 }) => ({
    rate: '200k/s',
    warmup: '30s',
    duration: '10m',
    size: '1KiB',
    topic: { partitions: 60 },
    producers: 50,
    consumers: 50,
    producer: { compression: 'lz4', linger: '20ms', batchSize: '256KiB' },
    stamp: 'value',
    plugins: [random({ cardinality: 10_000_000 }), filler({ compressibility: 0.5 })],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99) },
  }),
})
