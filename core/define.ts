/** Defining plugins, presets and configurations: typed identities with a brand, nothing runs here. */
import type { Run, Stream } from './api.ts'
import type { Config, ConfigFunction } from './config/types.ts'
import type { Input, Output, Schema } from './schema.ts'

/** Not `instanceof`: a plugin package may bring its own copy of the engine. */
export const brand: unique symbol = Symbol.for('kafka-loadtest.plugin') as never

type Args<In> = Record<never, never> extends In ? [options?: In] : [options: In]

/** Plugins of one slot replace each other when configurations merge; the slot defaults to the name. */
export interface Plugin {
  readonly [brand]: 'plugin'
  readonly name: string
  /** Lists the plugin under another id, so that it can be listed twice. */
  as(id: string): Plugin
}

/** A CLI command that a plugin brings: `loadtest <name>`. Resolves to the exit code. */
export interface Command {
  readonly name: string
  readonly summary: string
  readonly options?: readonly { readonly flags: string; readonly about: string }[]
  run(options: Readonly<Record<string, string | boolean | undefined>>, signal: AbortSignal): Promise<number>
}

export interface PluginHead {
  readonly name: string
  readonly slot?: string
  readonly commands?: () => Promise<readonly Command[]>
}
/**
 * `stream` is called once for each stream the plugin is listed for, in each role of each thread: traffic plugins need
 * only that. `register` is called once in each role of each thread: reporters, drivers, anything that spans streams.
 * Both tap hooks and are free of side effects: effects go to `prepare` (once, main) or `setup` (per worker).
 */
export type InlinePlugin = PluginHead & Taps<[]>
export type PluginDefinition<S extends Schema> = { readonly schema: S } & PluginHead & Taps<[Output<S>]>
type Taps<O extends unknown[]> =
  | { register: Register<O>; stream?: OnStream<O> }
  | { register?: Register<O>; stream: OnStream<O> }
type Register<O extends unknown[]> = (run: Run, ...options: O) => undefined | void
type OnStream<O extends unknown[]> = (stream: Stream, ...optionsAndRun: [...O, Run]) => undefined | void

/** What is behind a `Plugin`: for the core alone. */
export interface PluginValue extends Plugin, PluginHead {
  readonly id: string
  readonly slot: string
  readonly schema?: Schema
  readonly options: unknown
  readonly removes?: true
  register?: Register<unknown[]>
  stream?: OnStream<unknown[]>
}
/** A plugin before it has an id. */
type Unlisted = Omit<PluginValue, 'as' | 'id' | typeof brand>

/** What a preset says of itself. `loadtest presets` shows it; the engine does nothing with it. */
export interface PresetHead {
  readonly name: string
  /** What it is for, in a sentence without a full stop. */
  readonly about?: string
  /** What it takes at full scale. */
  readonly needs?: PresetNeeds
  /** Its options by name, and what each of them is. */
  readonly takes?: Readonly<Record<string, string>>
}
export interface PresetNeeds {
  /** Brokers, of a size that is usual in production. */
  readonly brokers?: number
  /** Of the machine that makes the load: '512MiB'. */
  readonly memory?: string
  /** Of one replica of what is written, over all brokers: '60GiB'. */
  readonly disk?: string
}
export interface Preset {
  readonly [brand]: 'preset'
  readonly name: string
}
export interface PresetValue extends Preset, PresetHead {
  readonly schema?: Schema
  readonly options: unknown
  config(options: unknown): Config
}

/** A plugin with options. The factory it returns is what users call: `myPlugin({ … })`. */
export function definePlugin<S extends Schema>(
  definition: PluginDefinition<S>,
): (...args: Args<Input<S>>) => Plugin
/** A plugin without options. */
export function definePlugin(definition: InlinePlugin & { readonly schema?: never }): () => Plugin
export function definePlugin(
  definition: PluginHead & { readonly schema?: Schema; register?: unknown; stream?: unknown },
) {
  const { name, schema } = definition
  const factory = (options?: unknown): Plugin =>
    value({ ...definition, options: schema && (options ?? {}) } as Unlisted)
  return Object.assign(factory, { [brand]: 'factory' as const, pluginName: name })
}

function value(plugin: Unlisted, id: string = plugin.name): PluginValue {
  const slot = plugin.slot ?? plugin.name
  return Object.freeze({
    ...plugin,
    [brand]: 'plugin' as const,
    slot,
    id,
    as: (other: string) => value({ ...plugin, slot: other }, other),
  }) as PluginValue
}

/** A plugin written where it is used. */
export function inlinePlugin(definition: InlinePlugin): PluginValue {
  return definePlugin({ ...definition } as InlinePlugin & { schema?: never })() as PluginValue
}

/** Takes the plugin of a slot (or of that name) out of what is extended. */
export function without(slot: string): Plugin {
  return value({ name: slot, slot, options: undefined, removes: true })
}

/** A configuration to share, with options of its own. */
export function definePreset<S extends Schema>(
  definition: PresetHead & { schema: S; config: (options: Output<S>) => Config },
): (...args: Args<Input<S>>) => Preset
export function definePreset(definition: PresetHead & { schema?: never; config: Config }): () => Preset
export function definePreset({
  schema,
  config,
  ...head
}: PresetHead & { schema?: Schema; config: Config | ((o: never) => Config) }) {
  const factory = (options?: unknown): PresetValue =>
    Object.freeze({
      [brand]: 'preset' as const,
      ...head,
      ...(schema ? { schema } : {}),
      options: options ?? {},
      config: typeof config === 'function' ? (config as (o: unknown) => Config) : () => config,
    })
  return Object.assign(factory, { [brand]: 'factory' as const, pluginName: head.name })
}

export function defineConfig(config: Config): Config
export function defineConfig(config: ConfigFunction): ConfigFunction
export function defineConfig(config: Config | ConfigFunction): Config | ConfigFunction {
  return config
}
