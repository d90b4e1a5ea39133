import { definePreset, durationInUs } from '../core/plugin.ts'
import { churn } from '../plugins/consumers/churn.ts'
import { random } from '../plugins/keys/random.ts'
import { below, duration, NOTHING_LOST, objective, taking } from './options.ts'

/** A large group that never rests: some members leave and come back, one after the other is killed. */
export const consumerGroup = definePreset({
  name: 'consumer-group',
  about: 'what rebalances cost: a large group whose members leave, come back and are killed',
  needs: { brokers: 3, memory: '1GiB', disk: '8GiB' },
  ...taking({
    p99: objective('200ms'),
    every: duration('30s', 'from one departure of a tenth of the members to the next', '2s'),
    behind: duration('30s', 'bound of the 99th percentile from the scheduled instant to the consumer'),
    unowned: duration('30s', 'longest time that a partition may be without an owner'),
  }),
  config: ({ p99, every, behind, unowned }) => {
    const seconds = Number(durationInUs(every)) / 1e6
    return {
      rate: '20k/s',
      warmup: '30s',
      duration: '10m',
      size: '512B',
      topic: { partitions: 60 },
      producers: 5,
      consumers: { count: 30, sessionTimeout: '10s' },
      producer: { linger: '10ms' },
      plugins: [
        random({ cardinality: 1_000_000 }),
        churn({
          schedule: [
            { at: seconds, what: 'leave', share: 0.1, for: seconds / 2, every: seconds },
            { at: 1.5 * seconds, what: 'kill', member: 'next', for: seconds / 2, every: 2 * seconds },
          ],
        }),
      ],
      thresholds: {
        ...NOTHING_LOST,
        'response.p99': below(p99),
        'endToEnd.p99': below(behind),
        'rebalances.unowned': below(unowned),
      },
    }
  },
})
