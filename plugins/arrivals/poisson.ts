import { definePlugin } from '../../core/plugin.ts'
import { needsSchedule } from '../options/open.ts'
import { PoissonProcess } from './poisson-process.ts'

/**
 * Records by chance, each on its own, as many small clients make them: a Poisson process whose mean rate is the schedule's at
 * any time.
 */
export const poisson = definePlugin({
  name: 'arrivals.poisson',
  slot: 'arrivals',
  stream(stream) {
    needsSchedule(stream, 'arrivals.poisson')
    stream.hooks.arrivals.tap(() => new PoissonProcess(stream))
  },
})
