/** An ordinary load that is not to get slower as time goes by: for an hour in `sustained`, for a day in `soak`. */
import type { Config } from '../core/plugin.ts'
import { drift } from '../plugins/drift/index.ts'
import { random } from '../plugins/keys/random.ts'
import { below, duration, NOTHING_LOST, objective } from './options.ts'

interface Steady extends Required<Pick<Config, 'warmup' | 'duration' | 'topic'>> {
  readonly p99: number | string
  readonly slower: number | string
}

export const steadyOptions = {
  p99: objective('100ms'),
  slower: duration('20ms', 'by which the mean response time may rise from the first tenth to the last'),
}
export const steady = ({ p99, slower, warmup, duration, topic }: Steady) => ({
  rate: '10k/s',
  warmup,
  duration,
  size: '512B',
  topic,
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
})
