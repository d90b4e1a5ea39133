import { definePlugin, lazySchema } from '../../core/plugin.ts'
import { createCurve } from './curve.ts'

/**
 * Value sizes that change with the time of the schedule, linear between points. Points of sizes are the sizes; points of factors
 * scale what the plugin of the slot `sizes` draws.
 */
export const overTime = definePlugin({
  name: 'sizes.overTime',
  schema: lazySchema(async () => (await import('./over-time.schema.ts')).schema),
  stream(stream, { points, every }) {
    const scales = points[0]?.factor !== undefined
    const at = createCurve(
      points.map(p => ({ at: p.at, value: p.factor ?? p.size ?? 0 })),
      every,
    )
    stream.hooks.sizeFor.tap(
      (bytes, draft) => {
        if (bytes < 0) return bytes // a tombstone stays one
        const value = at(draft.scheduledAt)
        return Math.floor((scales ? bytes * value : value) + 0.5)
      },
      // wherever it is listed: it scales what the others say
      { order: 'last' },
    )
  },
})
