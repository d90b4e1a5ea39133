import { isSecret, outline } from './config/plain.ts'

/** A plugin's mistake: what it was doing, and the error itself as `cause`. Exit 70. */
export class PluginError extends Error {
  override readonly name = 'PluginError'
  readonly plugin: string
  readonly hook: string
  constructor(plugin: string, hook: string, cause: unknown) {
    super(`plugin ${plugin} failed in ${hook}: ${messageOf(cause)}`, { cause })
    this.plugin = plugin
    this.hook = hook
  }
}

/** The error as the plugin's, unless it is known as one already. */
export function pluginError(plugin: string, hook: string, error: unknown): PluginError {
  return error instanceof PluginError ? error : new PluginError(plugin, hook, error)
}

/** Calls what a plugin gave; what it throws names plugin and hook. */
export function callPlugin<T>(plugin: string, hook: string, fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    throw pluginError(plugin, hook, error)
  }
}

/** One fault of a configuration, with everything its author needs to mend it. */
export interface Fault {
  /** Dotted, e.g. `producer.linger` or `streams.audit.rate`. */
  readonly path: string
  /** As written; undefined: missing. */
  readonly value?: unknown
  readonly expected: string
  /** File (with line where the format has one), variable, flag or preset. */
  readonly origin?: string | undefined
  readonly hint?: string | undefined
}
/** Tells of a fault. Answers nothing, so that it is a function's way out. */
export type Fail = (path: string, value: unknown, expected: string, hint?: string) => undefined

/** All faults of a configuration at once. Exit 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[], cause?: unknown) {
    super(faults.map(describeFault).join('\n'), { cause })
    this.faults = faults
  }
}

/** What a plugin finds wrong with the configuration, with where it was written; other errors as they are. */
export function located(error: unknown, originOf: (path: string) => string | undefined): unknown {
  const cause = error instanceof PluginError ? error.cause : error
  if (!(cause instanceof ConfigError)) return error
  const faults = cause.faults.map(fault => ({ ...fault, origin: fault.origin ?? originOf(fault.path) }))
  return new ConfigError(faults, cause.cause)
}

export function describeFault(fault: Fault): string {
  const value = fault.value === undefined ? '' : ` is ${preview(masked(fault))}`
  const lines = [`${fault.path || 'configuration'}${value}: expected ${fault.expected}`]
  if (fault.origin) lines.push(`    from ${fault.origin}`)
  if (fault.hint) lines.push(`    ${fault.hint}`)
  return lines.join('\n')
}

/** What is shown ends up in logs: a value below a secret's name is '***', inside of it too. */
function masked({ path, value }: Fault): unknown {
  if (typeof value === 'function') return value
  // the first of several keys is the name of a plugin or of a group
  const [first = '', ...keys] = path.replace(/^streams\.[^.]+\./, '').split('.')
  return outline(value, true, (keys.length > 0 ? keys : [first]).find(isSecret))
}

export function preview(value: unknown): string {
  if (typeof value === 'function') return `a function${value.name ? ` (${value.name})` : ''}`
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What `promise` comes to, or an error that says `why()` once `ms` have passed in real time. */
export async function within<T>(promise: PromiseLike<T>, ms: number, why: () => string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(why())), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
