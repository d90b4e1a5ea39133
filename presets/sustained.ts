import { definePreset } from '../core/plugin.ts'
import { taking } from './options.ts'
import { steady, steadyOptions } from './steady.ts'

/** An hour at an ordinary rate: response times at its end are those of its beginning. */
export const sustained = definePreset({
  name: 'sustained',
  about: 'whether an ordinary load runs for an hour without getting slower',
  needs: { brokers: 3, memory: '1GiB', disk: '24GiB' },
  ...taking(steadyOptions),
  config: options => steady({ ...options, warmup: '1m', duration: '1h', topic: { partitions: 10 } }),
})
