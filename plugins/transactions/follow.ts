/** What is measured and reported of a stream's transactions, whoever makes them. */
import type { Run, Stream } from '../../core/plugin.ts'
import { Account, collected } from './account.ts'
import { LsoSampler } from './lso.ts'
import { ended, report } from './report.ts'

/**
 * @param plugin name of the plugin, which its figures have before theirs.
 * @param wanted how a transaction of a producer is to end.
 * @param from topic whose offsets they commit: the plugin has the figures `read`, `again` and `lag`.
 */
export function follow(
  stream: Stream,
  run: Run,
  plugin: string,
  wanted: (producer: number, transaction: number) => 'commit' | 'abort',
  from?: string,
): void {
  const account = new Account(stream, wanted)
  const totals = collected(stream, account)
  if (run.role === 'worker') {
    stream.hooks.onAck.tap(acks => account.acked(acks))
    stream.hooks.onEvent.tap(event => account.happened(event))
  }
  const topic = run.config.streams.find(s => s.name === stream.name)?.topic.name ?? ''
  const lso = new LsoSampler(run, stream, topic)
  const rate = stream.metrics.gauge('rate', {
    unit: 'transactions/s',
    help: 'transactions that ended, by the time of the schedule',
    merge: 'max',
  })
  const random = stream.random('lsoLag')
  let seconds = 0
  run.hooks.sample.tap(snapshot => {
    // somewhere in the second: transactions have a rhythm of their own, which a look at the same instant would fall in with
    random.seek(snapshot.second)
    run.at(run.now() + random.int(1_000_000), () => lso.sample(snapshot))
    seconds = Math.min(snapshot.elapsedUs, snapshot.totalUs) / 1e6
    if (totals.value !== undefined) rate.set(ended(totals.value) / seconds)
  })
  run.hooks.result.tap(result =>
    report(
      result,
      { stream: stream.name, plugin, seconds, ...(from !== undefined && { from }) },
      totals.value,
      lso.figures,
    ),
  )
}
