import { definePreset } from '../core/plugin.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Values above what a topic takes by default: a batch of them is one record, and a fetch is not many more. */
export const largeMessages = definePreset({
  name: 'large-messages',
  about: 'documents and images: values of 1 MiB, each a batch of its own',
  needs: { brokers: 3, memory: '2GiB', disk: '16GiB' },
  ...taking({ p99: objective('1s') }),
  config: ({ p99 }) => ({
    rate: '50/s',
    warmup: '10s',
    duration: '5m',
    size: '1MiB',
    topic: { partitions: 10, configs: { 'max.message.bytes': '4194304' } },
    producers: 5,
    consumers: 5,
    producer: { linger: '0s', batchSize: '2MiB', buffer: '128MiB' },
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
