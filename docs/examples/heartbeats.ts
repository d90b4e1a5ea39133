import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** The time of day every so often, for a stream of `rate: 'fed'`: what comes when it comes has no schedule. */
export const heartbeats = definePlugin({
  name: 'heartbeats',
  schema: z.strictObject({ everyMs: z.number().positive() }),
  stream(stream, { everyMs }, run) {
    if (run.role !== 'worker' || run.thread !== 0) return
    const beat = () => {
      const at = run.now()
      if (stream.room()) stream.feed({ key: 'clock', value: Buffer.from(new Date().toISOString()), at })
      run.at(at + everyMs * 1000, beat)
    }
    run.hooks.start.tap(() => run.at(0, beat))
  },
})
