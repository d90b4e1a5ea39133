import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { follow } from './follow.ts'
import { Limits } from './limits.ts'
import { abortsOf } from './plan.ts'

/**
 * Makes a stream's producers transactional: ends a transaction by records, bytes or time, aborts a share of them, leaves one
 * open for long now and then, and has producers fenced.
 */
export const transactions = definePlugin({
  name: 'transactions',
  schema: lazySchema(async () => (await import('./transactions.schema.ts')).schema),
  stream(stream, options, run) {
    const { producers = 0 } = run.config.streams.find(s => s.name === stream.name) ?? {}
    // a stream that only reads has none
    if (producers === 0) return
    const aborts = abortsOf(options.abort, stream.random('abort'), producers)
    const wanted = (producer: number, transaction: number) =>
      aborts(producer, transaction) ? 'abort' : 'commit'
    const limits = new Limits(options, run, producers, wanted)
    const wait = stream.metrics.histogram('wait', {
      unit: 'µs',
      help: 'of records that were due before the transaction before theirs had ended: from t_sched to that',
    })
    stream.hooks.endTransaction.tap((open, draft) => {
      if (open.freeAt > draft.scheduledAt) wait.record(open.freeAt - draft.scheduledAt)
      return limits.endsWith(open, draft.size, draft.enqueuedAt)
    })
    if (run.role === 'worker') run.hooks.start.tap(() => limits.armFences())
    follow(stream, run, 'transactions', wanted)
  },
})
