/** The first link of every extends chain: assembles the product. The core loads this module by name and knows no plugin. */
import { definePreset } from '../core/plugin.ts'
import { embeddedBroker } from '../plugins/broker/index.ts'
import { consoleReporter } from '../plugins/console/index.ts'
import { kafkajsDriver } from '../plugins/drivers/kafkajs/index.ts'
import { wireDriver } from '../plugins/drivers/wire/index.ts'
import { json } from '../plugins/json/index.ts'

const broker = { plugins: [embeddedBroker(), wireDriver()] }

/** `loadtest run`, and `run(url)`. */
export const defaultPreset = definePreset({
  name: 'default',
  config: { extends: [broker], plugins: [consoleReporter(), json()] },
})()
/** `run({ … })` in a test or a script: the result is the answer, nothing is printed or written. */
export const inlinePreset = definePreset({ name: 'inline', config: broker })()

/** Built-ins by the name that YAML, flags and variables use; imported when they are asked for. */
export const catalog: Readonly<Record<string, () => Promise<unknown>>> = {
  broker: async () => embeddedBroker,
  console: async () => consoleReporter,
  csv: async () => (await import('../plugins/csv/index.ts')).csv,
  json: async () => json,
  kafkajs: async () => kafkajsDriver,
  'keys.random': async () => (await import('../plugins/keys/random.ts')).random,
  'keys.sequential': async () => (await import('../plugins/keys/sequential.ts')).sequential,
  'sizes.uniform': async () => (await import('../plugins/sizes/uniform.ts')).uniform,
  wire: async () => wireDriver,
}
