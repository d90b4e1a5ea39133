/** The first link of every extends chain: assembles the product. The core loads this module by name and knows no plugin. */
import { type Command, definePreset } from '../core/plugin.ts'
import { embeddedBroker } from '../plugins/broker/index.ts'
import { consoleReporter } from '../plugins/console/index.ts'
import { kafkajsDriver } from '../plugins/drivers/kafkajs/index.ts'
import { json } from '../plugins/json/index.ts'

export const defaultPreset = definePreset({
  name: 'default',
  config: { plugins: [embeddedBroker(), kafkajsDriver(), consoleReporter(), json()] },
})()

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
}

/** Commands of plugins, by name; loaded when they are called. */
export const commands: readonly {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Command>
}[] = [
  {
    name: 'broker',
    summary: 'run the embedded broker for other clients, until Ctrl-C',
    load: async () => (await import('../plugins/broker/command.ts')).brokerCommand,
  },
]
