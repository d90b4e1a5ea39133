import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** Counts the records that were acked later than `ms` after their scheduled instant: the metric `objective.missed`. */
export const objective = definePlugin({
  name: 'objective',
  schema: z.strictObject({ ms: z.number().positive() }),
  stream(stream, { ms }) {
    const missed = stream.metrics.counter('missed', { unit: 'records', help: `acked after ${ms} ms` })
    stream.hooks.onAck.tap(acks => {
      if (acks.state !== 'acked') return
      for (let i = 0; i < acks.count; i++) if (acks.ackedAt - acks.scheduledAt[i]! > ms * 1000) missed.add()
    })
  },
})
