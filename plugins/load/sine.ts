import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { shape } from './shape.ts'

/** Straight lines in a period: (2π / 64)² / 8, so they leave the sine by at most 0.12 % of the amplitude. */
const LINES = 64

/** The rate swings about its mean: 1 + amplitude · sin(2π (t / period + phase)) times the rate. */
export const sine = definePlugin({
  name: 'load.sine',
  schema: lazySchema(async () => (await import('./sine.schema.ts')).schema),
  stream(stream, { period, amplitude, phase }) {
    const at = (i: number) => Math.max(0, 1 + amplitude * Math.sin(2 * Math.PI * (i / LINES + phase)))
    const factor = Float64Array.from({ length: LINES + 1 }, (_, i) => at(i % LINES))
    shape(stream, 'load.sine', line => {
      for (let i = 0; !line.done; i++) {
        const n = i % LINES
        line.to(((i + 1) * period) / LINES, factor[n] as number, factor[n + 1] as number)
      }
    })
  },
})
