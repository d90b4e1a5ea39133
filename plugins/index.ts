/** The built-in plugins: `import { keys, sizes } from 'kafka-loadtest/plugins'` */
import { random } from './keys/random.ts'
import { sequential } from './keys/sequential.ts'
import { uniform } from './sizes/uniform.ts'

export type { FaultEntry } from './broker/faults/log.ts'
export type { FaultAction, FaultConditions, FaultRule } from './broker/faults/rule.ts'
export { embeddedBroker } from './broker/index.ts'
export type { BrokerOptions, RunningBroker } from './broker/server.ts'
export { startBroker } from './broker/start.ts'
export { consoleReporter } from './console/index.ts'
export { csv } from './csv/index.ts'
export { kafkajsDriver } from './drivers/kafkajs/index.ts'
export { wireDriver } from './drivers/wire/index.ts'
export { json } from './json/index.ts'
export const keys = { random, sequential }
export const sizes = { uniform }
