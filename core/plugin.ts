/** Everything a plugin author needs, and all that the built-ins use. */
export type * from './api.ts'
export { pathOf } from './config/place.ts'
export type * from './config/types.ts'
export { durationInUs, rateOf, sizeInBytes } from './config/units.ts'
export {
  type Command,
  defineConfig,
  definePlugin,
  definePreset,
  type InlinePlugin,
  type Plugin,
  type Preset,
  without,
} from './define.ts'
export * from './driver.ts'
export { ConfigError, type Fault, PluginError } from './errors.ts'
export type { RunEvent } from './events.ts'
export type { RunHooks, StreamHooks } from './hooks.ts'
export type * from './record.ts'
export { ConsumedRecord } from './record.ts'
export type * from './result.ts'
export { LATENCIES } from './result.ts'
export { lazySchema, type Schema } from './schema.ts'
export { STAMP_BYTES, STAMP_HEADER } from './stamp.ts'
