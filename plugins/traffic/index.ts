import { type Draft, definePlugin } from '../../core/plugin.ts'
import { Sampled } from './sampled.ts'
import { trafficSection } from './section.ts'
import { mergeTraffic, type TrafficPart, TrafficTotals } from './totals.ts'

/**
 * What the traffic was like – keys, sizes, headers, partitions – from 1 of 64 records and from all answers: the section `traffic`
 * of each stream's result, and a line of the summary.
 */
export const traffic = definePlugin({
  name: 'traffic',
  stream(stream, run) {
    const totals = run.role === 'worker' ? new TrafficTotals(run.config.warmupUs) : undefined
    const seen = stream.metrics.collect<TrafficPart | undefined>('seen', {
      take: () => totals?.part(),
      merge: (a, b) => (a && b ? mergeTraffic(a, b) : (a ?? b)),
    })
    if (totals === undefined) {
      run.hooks.result.tap(result => {
        const settings = run.config.streams.find(s => s.name === stream.name)
        const partitions = settings?.topic.existing === false ? settings.topic.partitions : 0
        const section = seen.value && trafficSection(seen.value, partitions)
        const sections = result.streams[stream.name]?.sections
        if (section !== undefined && sections !== undefined) sections['traffic'] = section
      })
      return
    }
    const sampled = new Sampled(stream.random('sample'))
    const look = (draft: Draft) => {
      if (sampled.has(draft.index)) totals.record(draft)
    }
    stream.hooks.beforeSend.tap(
      draft => {
        // the rest is a function of its own: what is this short is compiled into the sender's loop
        if (draft.index >= sampled.next || draft.index < sampled.from) look(draft)
      },
      // by then the others have done what they do to the record; what they drop is not seen
      { order: 'last' },
    )
    stream.hooks.onAck.tap(acks => totals.acked(acks))
  },
})
