import { definePreset } from '../core/plugin.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Small records in small batches, at a rate that leaves the cluster time: what is measured is the way, not the queue. */
export const latency = definePreset({
  name: 'latency',
  about: 'how soon a record is confirmed and read, when the cluster is not the bottleneck',
  needs: { brokers: 3, memory: '512MiB', disk: '1GiB' },
  ...taking({ p99: objective('20ms') }),
  config: ({ p99 }) => ({
    rate: '10k/s',
    warmup: '10s',
    duration: '5m',
    size: '100B',
    topic: { partitions: 10 },
    producers: 5,
    consumers: 5,
    producer: { linger: '5ms', batchRecords: 10 },
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
