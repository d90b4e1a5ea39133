/** Everything a plugin author needs, and all that the built-ins use. */
export type * from './api.ts'
export type {
  Config,
  ConfigEnv,
  ConfigFunction,
  LatencyName,
  MetricName,
  ResolvedConfig,
  StreamConfig,
} from './config/types.ts'
export { LATENCIES } from './config/types.ts'
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
export {
  type Acks,
  ConsumedRecord,
  type Draft,
  type HeaderList,
  type Key,
  type RecordView,
  type Target,
} from './record.ts'
export type { Phase, Result, ResultData, SeriesRow } from './result.ts'
export { lazySchema, type Schema } from './schema.ts'
export { STAMP_BYTES, STAMP_HEADER } from './stamp.ts'
