import { definePreset } from '../core/plugin.ts'
import { filler } from '../plugins/values/filler.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Full batches: without keys a producer fills one partition's batch after the other, within 100 ms at its rate. */
export const throughput = definePreset({
  name: 'throughput',
  about: 'how much a cluster takes when records come in full batches',
  needs: { brokers: 3, memory: '1GiB', disk: '16GiB' },
  ...taking({ p99: objective('500ms') }),
  config: ({ p99 }) => ({
    rate: '100k/s',
    warmup: '10s',
    duration: '5m',
    size: '1KiB',
    topic: { partitions: 12, configs: { 'max.message.bytes': '2097152' } },
    producers: 10,
    consumers: 5,
    producer: { compression: 'lz4', linger: '100ms', batchSize: '2MiB', batchRecords: 1000, buffer: '64MiB' },
    stamp: 'value',
    plugins: [filler({ compressibility: 0.5 })],
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99) },
  }),
})
