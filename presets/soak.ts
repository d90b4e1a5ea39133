import { definePreset } from '../core/plugin.ts'
import { below, duration, size, taking } from './options.ts'
import { steady, steadyOptions } from './steady.ts'

/**
 * A day. What leaks shows in the generator's memory, what fills up in the response times, and a clock that is set in
 * between is no mystery afterwards. The topic keeps an hour, so that disks do not fill.
 */
export const soak = definePreset({
  name: 'soak',
  about: 'what only a day shows: leaks, full disks, response times that creep up, clocks that part',
  needs: { brokers: 3, memory: '1GiB', disk: '32GiB' },
  ...taking({
    ...steadyOptions,
    growth: size('256MiB', "by which the generator's memory may grow from the first tenth to the last"),
    clock: duration('1s', 'by which the wall clock may part from the monotonic one'),
  }),
  config: ({ growth, clock, ...options }) => {
    const topic = { partitions: 10, configs: { 'retention.ms': '3600000', 'segment.ms': '600000' } }
    const load = steady({ ...options, warmup: '5m', duration: '24h', topic })
    const thresholds = { 'drift.memory': `< ${growth}`, 'drift.clock': below(clock) }
    return { ...load, thresholds: { ...load.thresholds, ...thresholds } }
  },
})
