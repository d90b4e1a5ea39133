/** What must compile, and what must not: presets as users list and define them. Nothing here is run. */
import { defineConfig, definePreset, type Preset } from 'kafka-loadtest'
import { presets } from 'kafka-loadtest/presets'
import { z } from 'zod'

export const configurations = [
  defineConfig({ extends: 'throughput' }),
  defineConfig({ extends: ['throughput', './team.ts'], scale: 0.1 }),
  defineConfig({ extends: [['latency', { p99: '5ms' }], presets.smoke()] }),
  defineConfig({
    extends: [presets.latency({ p99: 0.005 }), presets.hotKey({ share: 0.9 }), presets.soak({})],
  }),
  defineConfig({ extends: presets.transactions({ records: 10, abort: 0.2 }) }),
]

/** With all that a preset says of itself. */
export const described: Preset = definePreset({
  name: '@acme/loadtest-preset-payments',
  about: 'what payments do to a cluster on pay day',
  needs: { brokers: 3, memory: '1GiB', disk: '20GiB' },
  takes: { share: 'a number from 0 to 1' },
  schema: z.object({ share: z.number().default(0.5) }),
  config: ({ share }) => ({ rate: 1000 * share }),
})({ share: 1 })
export const plain: Preset = definePreset({ name: 'plain', about: 'nothing', config: { rate: '5k/s' } })()

export const wrong = [
  // @ts-expect-error an option that it has not
  presets.latency({ p98: '5ms' }),
  // @ts-expect-error an option of another type
  presets.hotKey({ share: '50%' }),
  // @ts-expect-error a preset that there is not
  presets.thruput(),
  // @ts-expect-error the factory, not called
  defineConfig({ extends: [presets.latency] }),
  // @ts-expect-error a scale is a number
  defineConfig({ scale: '0.1' }),
  // @ts-expect-error of the whole run
  defineConfig({ streams: { orders: { scale: 2 } } }),
  // @ts-expect-error options without a name
  defineConfig({ extends: [[{ p99: '5ms' }]] }),
  // @ts-expect-error memory with its unit
  definePreset({ name: 'x', needs: { memory: 5 }, config: {} }),
]
