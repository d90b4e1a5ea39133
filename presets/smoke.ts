import { definePreset } from '../core/plugin.ts'
import { below, NOTHING_LOST, objective, taking } from './options.ts'

/** Ten seconds that tell whether records get in and out at all. Figures of a busy machine do not fail it. */
export const smoke = definePreset({
  name: 'smoke',
  about: 'whether records get in and out at all, for CI and for a first look at a cluster',
  needs: { brokers: 1, memory: '256MiB', disk: '2MiB' },
  ...taking({ p99: objective('1s') }),
  config: ({ p99 }) => ({
    rate: '1k/s',
    warmup: '2s',
    duration: '8s',
    size: '100B',
    producers: 1,
    consumers: 1,
    allowTainted: true,
    thresholds: { ...NOTHING_LOST, 'response.p99': below(p99), 'endToEnd.p99': below(p99) },
  }),
})
