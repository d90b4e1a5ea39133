import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** Consumers read nothing for the first seconds: what has piled up until then is read at once. */
export const lateReader = definePlugin({
  name: 'late-reader',
  schema: z.strictObject({ seconds: z.number().positive() }),
  stream(stream, { seconds }) {
    stream.hooks.pollFor.tap(member => (member.now < seconds * 1e6 ? 'pause' : 0))
  },
})
