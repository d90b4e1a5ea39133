import { definePlugin } from 'kafka-loadtest/plugin'
import { z } from 'zod'

/** The rate goes up to `peak` times as much and back, once every `seconds`. */
export const waves = definePlugin({
  name: 'waves',
  slot: 'schedule',
  schema: z.strictObject({ seconds: z.number().positive(), peak: z.number().positive() }),
  stream(stream, { seconds, peak }) {
    stream.hooks.schedule.tap(segments =>
      segments.flatMap(({ from, to, start, end }) => {
        const pieces = Math.max(1, Math.round((to - from) / (seconds * 5e5)))
        const time = (i: number) => Math.round(from + ((to - from) * i) / pieces)
        const rate = (i: number) => (start + ((end - start) * i) / pieces) * (i % 2 === 0 ? 1 : peak)
        return Array.from({ length: pieces }, (_, i) => ({
          from: time(i),
          to: time(i + 1),
          start: rate(i),
          end: rate(i + 1),
        }))
      }),
    )
  },
})
