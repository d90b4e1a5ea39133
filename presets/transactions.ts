import { definePreset } from '../core/plugin.ts'
import { transactions as inTransactions } from '../plugins/transactions/index.ts'
import { below, duration, NOTHING_LOST, number, objective, taking, whole } from './options.ts'

/** Transactions of a hundred records, a few of them aborted, and readers that see the others alone. */
export const transactions = definePreset({
  name: 'transactions',
  about: 'what exactly-once costs: transactions, a share of aborts, readers of committed records',
  needs: { brokers: 3, memory: '1GiB', disk: '2GiB' },
  ...taking({
    p99: objective('500ms'),
    records: whole(1, 1e9, 100, 'that end a transaction, if half a second is not over first'),
    abort: number(0, 1, 0.05, 'share of transactions that are aborted'),
    commit: duration('500ms', 'bound of the 99th percentile of a commit'),
  }),
  config: ({ p99, records, abort, commit }) => ({
    rate: '10k/s',
    warmup: '10s',
    duration: '5m',
    size: '512B',
    topic: { partitions: 12 },
    producers: 5,
    consumers: { count: 5, isolation: 'read_committed' },
    producer: { linger: '5ms' },
    plugins: [inTransactions({ records, every: '500ms', abort })],
    thresholds: {
      ...NOTHING_LOST,
      'response.p99': below(p99),
      'transactions.commit.p99': below(commit),
      'transactions.refused': '== 0',
      'transactions.unknown': '== 0',
    },
  }),
})
