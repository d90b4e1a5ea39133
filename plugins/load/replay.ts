import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'
import { Line } from './shape.ts'

/**
 * Recorded rates, with straight lines between them, in place of `rate`. Other shapes are multiplied onto them, and any
 * arrivals go with them.
 */
export const replay = definePlugin({
  name: 'load.replay',
  schema: lazySchema(async () => (await import('./replay.schema.ts')).schema),
  stream(stream, { at, rates, speed, scale, repeat }) {
    needsSchedule(stream, 'load.replay')
    const rate = (i: number) => (rates[i] as number) * scale * speed
    const time = (i: number) => (at[i] as number) / speed
    const length = time(at.length - 1)
    // first: what others shape is the recording, wherever they are listed
    stream.hooks.schedule.tap(
      segments => {
        const line = new Line('load.replay', segments.at(-1)?.to ?? 0)
        let begin = 0
        do {
          for (let i = 1; i < at.length && !line.done; i++) line.to(begin + time(i), rate(i - 1), rate(i))
          begin += length
        } while (repeat && !line.done)
        line.to(line.end, 0)
        return line.pieces
      },
      { order: 'first' },
    )
  },
})
